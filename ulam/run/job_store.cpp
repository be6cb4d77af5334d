#include "ulam/run/job_store.h"

#include <algorithm>
#include <set>
#include <thread>

#include <ATen/ATen.h>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "ulam/base/error.h"
#include "ulam/base/key.h"
#include "ulam/base/text.h"

namespace ulam {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }
std::string text_of(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

std::string first_line(const std::exception& error) {
  const std::string text = error.what();
  return text.substr(0, text.find('\n'));
}

}  // namespace

struct JobStore::Part {
  std::string address;
  std::unique_ptr<c10d::TCPStore> store;
  JobFolder* folder = nullptr;  // of rank 0
  JobManifest manifest;
  std::uint64_t id = 0;
  std::vector<bool> known;          // done, of the others
  std::int64_t known_samples = 0;   // likewise
  std::set<std::int64_t> mine;      // taken by this rank, now or before
  std::int64_t member = 0;          // number among all processes that ever joined, from 1
  std::int64_t sent = 0;            // shards that this rank brought
  std::vector<std::int64_t> taken;  // of rank 0: shards written, by member
  bool spare = false;               // may draw what another has taken

  Part(const std::string& where, bool host) : address(where) {
    const std::size_t colon = where.rfind(':');
    const auto port = colon == where.npos ? std::nullopt : parse_integer(where.substr(colon + 1));
    if (!port || *port < 1 || *port > 65535 || colon == 0)
      fail(ErrorKind::option, "draw: --store", "\"{}\" is no HOST:PORT", where);
    c10d::TCPStoreOptions options;
    options.port = static_cast<std::uint16_t>(*port);
    options.isServer = host;
    options.waitWorkers = false;
    ask([&] { store = std::make_unique<c10d::TCPStore>(where.substr(0, colon), options); });
  }

  /// One exchange with the store; what goes wrong is a sentence.
  template <typename Exchange>
  auto ask(const Exchange& exchange) const -> decltype(exchange()) {
    try {
      return exchange();
    } catch (const Error&) {
      throw;
    } catch (const std::exception& error) {
      fail(ErrorKind::system, address,
           "the store of rank 0 does not answer ({}); unless the job is finished, start all ranks again",
           first_line(error));
    }
  }
  std::int64_t count(const std::string& key, std::int64_t more) {
    return ask([&] { return store->add(key, more); });
  }
  bool there(const std::string& key) {
    return ask([&] { return store->check({key}); });
  }
  void put(const std::string& key, std::string_view text) {
    ask([&] { store->set(key, bytes_of(text)); });
  }
  std::string get(const std::string& key) {
    return ask([&] { return text_of(store->get(key)); });
  }

  void know(std::int64_t shard) {
    const auto place = static_cast<std::size_t>(shard);
    if (!known[place]) known_samples += manifest.range(shard).count;
    known[place] = true;
  }

  /// Rank 0: writes what the others brought, lists their machines.
  void collect() {
    const std::int64_t members = count("members", 0);
    taken.resize(static_cast<std::size_t>(members) + 1);
    for (std::int64_t m = 1; m <= members; ++m) {
      const std::string machine = fmt::format("machine/{}", m);
      if (there(machine)) {
        folder->add_machine(nlohmann::json::parse(get(machine)));
        ask([&] { store->deleteKey(machine); });
      }
      for (;; ++taken[static_cast<std::size_t>(m)]) {
        const std::string key = fmt::format("out/{}/{}", m, taken[static_cast<std::size_t>(m)]);
        if (!there(key)) break;
        write(get(key));
        ask([&] { store->deleteKey(key); });
      }
    }
  }

  /// Rank 0: into the folder, under its lock where nobody else there has it, so that no newcomer takes the
  /// temporary file for a leftover.
  void keep(const JobEntry& entry, io::ByteView file) {
    const bool locked = folder->claim(entry.shard);
    folder->hand_in(entry, file);
    if (locked) folder->release(entry.shard);
  }

  /// A ledger line and the file behind it. What does not fit its own checksums is not written.
  void write(const std::string& parcel) {
    const std::size_t end = parcel.find('\n');
    if (end == parcel.npos) return;
    const auto entry = parse_ledger_line(std::string_view(parcel).substr(0, end), id);
    const std::string_view file = std::string_view(parcel).substr(end + 1);
    if (!entry || entry->shard < 0 || entry->shard >= manifest.shards() || hash_bytes(file) != entry->hash)
      return;
    folder->refresh();
    if (!folder->done(entry->shard)) keep(*entry, io::as_byte_view(file));
    folder->refresh();
  }
};

JobStore::JobStore(const std::string& address, JobFolder& folder)
    : part_(std::make_unique<Part>(address, true)) {
  part_->folder = &folder;
  part_->manifest = folder.manifest();
  part_->id = job_id(part_->manifest);
  std::string done;
  for (std::int64_t k = 0; k < part_->manifest.shards(); ++k) done += folder.done(k) ? '1' : '0';
  part_->put("done", done);
  part_->put("manifest", manifest_text(part_->manifest));
}

JobStore::JobStore(const std::string& address, const JobManifest& asked, bool allow_mixed)
    : part_(std::make_unique<Part>(address, false)) {
  Part& p = *part_;
  p.manifest = parse_manifest(p.get("manifest"), address);
  refuse_other_job(address, p.manifest, asked);
  p.id = job_id(p.manifest);
  const auto foreign = [&](const nlohmann::json& machine) {
    const auto& list = p.manifest.machines;
    return std::find(list.begin(), list.end(), machine) == list.end();
  };
  for (const nlohmann::json& machine : asked.machines)
    if (foreign(machine) && !allow_mixed) refuse_machine(address, p.manifest, machine);
  p.member = p.count("members", 1);
  for (const nlohmann::json& machine : asked.machines) {
    if (!foreign(machine)) continue;
    p.put(fmt::format("machine/{}", p.member), machine.dump());
  }
  const std::string done = p.get("done");
  p.known.resize(static_cast<std::size_t>(p.manifest.shards()));
  for (std::size_t k = 0; k < p.known.size() && k < done.size(); ++k)
    if (done[k] == '1') p.know(static_cast<std::int64_t>(k));
}

// Rank 0 stays a little for those who are about to ask whether anything is left.
JobStore::~JobStore() {
  try {
    if (part_->folder == nullptr) {
      part_->count("left", 1);
      return;
    }
    for (int nap = 0; nap < 60 && part_->count("left", 0) < part_->count("members", 0); ++nap)
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
  } catch (const std::exception&) {  // the other side is gone already
  }
}

const JobManifest& JobStore::manifest() const {
  return part_->folder != nullptr ? part_->folder->manifest() : part_->manifest;
}

bool JobStore::done(std::int64_t shard) const {
  if (part_->folder != nullptr) return part_->folder->done(shard);
  return part_->known[static_cast<std::size_t>(shard)];
}

std::int64_t JobStore::done_samples() const {
  return part_->folder != nullptr ? part_->folder->done_samples() : part_->known_samples;
}

void JobStore::refresh() {
  if (part_->folder == nullptr) return;
  part_->collect();
  part_->folder->refresh();
}

bool JobStore::claim(std::int64_t shard) {
  Part& p = *part_;
  if (p.mine.contains(shard)) return false;
  if (p.count(fmt::format("claim/{}", shard), 1) != 1) {
    if (!p.spare) return false;
    if (p.there(fmt::format("brought/{}", shard))) {
      if (p.folder == nullptr) p.know(shard);
      return false;
    }
  }
  p.spare = false;
  p.mine.insert(shard);
  return true;
}

void JobStore::nothing_free() { part_->spare = true; }

void JobStore::hand_in(const JobEntry& entry, io::ByteView file) {
  Part& p = *part_;
  if (p.folder != nullptr) {
    p.keep(entry, file);
  } else {
    p.put(fmt::format("out/{}/{}", p.member, p.sent),
          ledger_line(entry, p.id) + std::string(io::as_text(file)));
    ++p.sent;
    p.know(entry.shard);
  }
  p.put(fmt::format("brought/{}", entry.shard), "1");
}

}  // namespace ulam
