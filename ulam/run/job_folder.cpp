#include "ulam/run/job_folder.h"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <map>
#include <unistd.h>

#include "ulam/base/error.h"
#include "ulam/io/atomic_file.h"
#include "ulam/io/digest.h"

namespace ulam {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t digits = 8;
constexpr const char* ending = ".safetensors";
constexpr std::uint64_t manifest_cap = std::uint64_t{64} << 20;

/// Makes new names in a folder survive a loss of power. A file system that cannot says no, and loses nothing
/// by it but that.
void sync_folder(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

bool is_temporary(const std::string& name) { return name.ends_with(".tmp"); }

/// Refuses a folder that was made for something else. Returns its path.
std::string prepared(const std::string& folder) {
  if (folder.empty()) fail(ErrorKind::option, "job", "the folder's name is empty");
  io::ensure_folder(folder);
  const JobPaths paths{folder};
  if (!fs::exists(paths.manifest())) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      const std::string name = entry.path().filename();
      // The manifest too: another rank may have published it since we looked (seen once in a hundred runs).
      if (name != "ledger" && name != "locks" && name != "shards" && !name.starts_with("manifest.json"))
        fail(ErrorKind::option, folder, "holds '{}' and no job; give a new or empty folder", name);
    }
  }
  io::ensure_folder(paths.shards());
  const std::string parent = fs::absolute(folder).lexically_normal().parent_path();
  sync_folder(parent);
  return folder;
}

std::string first_of(const std::vector<std::string>& sentences) {
  constexpr std::size_t most = 4;
  std::string out;
  for (std::size_t i = 0; i < std::min(most, sentences.size()); ++i) out += (i ? "; " : "") + sentences[i];
  if (sentences.size() > most) out += fmt::format("; and {} more", sentences.size() - most);
  return out;
}

}  // namespace

void refuse_other_job(const std::string& place, const JobManifest& there, const JobManifest& asked) {
  const auto differences = manifest_differences(there, asked);
  if (!differences.empty()) fail(ErrorKind::option, place, "holds another job: {}", first_of(differences));
}

void refuse_machine(const std::string& place, const JobManifest& there, const nlohmann::json& here) {
  fail(ErrorKind::option, place,
       "was drawn on another kind of machine: {}; --allow-mixed joins all the same, and gives up that a "
       "network's last digits repeat",
       first_of(machine_differences(there.machines.front(), here)));
}

std::string JobPaths::shard(std::int64_t number) const {
  return fmt::format("{}/{:0{}}{}", shards(), number, digits, ending);
}

std::optional<std::int64_t> shard_of_name(const std::string& name) {
  if (name.size() < digits || name.compare(digits, std::string_view(ending).size(), ending) != 0)
    return std::nullopt;
  const std::string rest = name.substr(digits + std::string_view(ending).size());
  if (!rest.empty() && !(rest[0] == '.' && is_temporary(rest))) return std::nullopt;
  std::int64_t number = 0;
  for (const char c : name.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

std::optional<JobManifest> read_manifest(const std::string& folder) {
  const std::string path = JobPaths{folder}.manifest();
  std::error_code error;
  if (!fs::exists(path, error)) return std::nullopt;
  return parse_manifest(io::as_text(io::read_file(path, manifest_cap)), path);
}

JobFolder::JobFolder(std::string folder, const JobManifest& asked, bool allow_mixed)
    : paths_{prepared(folder)},
      locks_(paths_.locks()),
      manifest_(settle(asked, allow_mixed)),
      ledger_(paths_.ledger(), job_id(manifest_), true),
      done_(static_cast<std::size_t>(manifest_.shards())) {
  sync_folder(paths_.folder);
  remove_leftovers();
  check_shards(ledger_.read_new());
}

JobManifest JobFolder::settle(const JobManifest& asked, bool allow_mixed) {
  if (!locks_.join())
    fail(ErrorKind::system, paths_.folder, "is being repaired; try again when that has ended");
  const JobLocks::Guard guard(locks_, JobLocks::Section::manifest);
  return settled(asked, allow_mixed);
}

JobManifest JobFolder::settled(const JobManifest& asked, bool allow_mixed) {
  std::optional<JobManifest> there = read_manifest(paths_.folder);
  if (!there) {
    // What parse_manifest would refuse must not get on the disk.
    JobManifest checked = parse_manifest(manifest_text(asked), "job");
    io::write_file_atomic(paths_.manifest(), manifest_text(checked));
    return checked;
  }
  refuse_other_job(paths_.folder, *there, asked);
  for (const nlohmann::json& machine : asked.machines) {
    if (std::find(there->machines.begin(), there->machines.end(), machine) != there->machines.end()) continue;
    if (!allow_mixed) refuse_machine(paths_.folder, *there, machine);
    there->machines.push_back(machine);
    std::sort(there->machines.begin(), there->machines.end());
    io::write_file_atomic(paths_.manifest(), manifest_text(*there));
  }
  return *there;
}

void JobFolder::add_machine(const nlohmann::json& machine) {
  JobManifest asked = manifest_;
  asked.machines = {machine};
  const JobLocks::Guard guard(locks_, JobLocks::Section::manifest);
  manifest_ = settled(asked, true);
}

void JobFolder::take(const JobEntry& entry) {
  if (entry.shard < 0 || entry.shard >= manifest_.shards()) return;
  const auto place = static_cast<std::size_t>(entry.shard);
  if (!done_[place]) done_samples_ += manifest_.range(entry.shard).count;
  done_[place] = true;
}

void JobFolder::check_shards(const std::vector<JobEntry>& entries) {
  std::map<std::int64_t, std::vector<const JobEntry*>> by_shard;
  for (const JobEntry& entry : entries) by_shard[entry.shard].push_back(&entry);
  for (const auto& [shard, lines] : by_shard) {
    if (shard < 0 || shard >= manifest_.shards()) continue;
    const std::string path = paths_.shard(shard);
    std::error_code error;
    const bool there = fs::is_regular_file(path, error);
    const std::uint64_t hash = there ? io::digest_file(path) : 0;
    const auto fits = [&](const JobEntry* line) { return there && line->hash == hash; };
    if (std::any_of(lines.begin(), lines.end(), fits))
      take(*lines.front());
    else
      damaged_.push_back(shard);
  }
}

void JobFolder::remove_leftovers() {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(paths_.shards())) {
    const std::string name = entry.path().filename();
    const auto shard = shard_of_name(name);
    if (!is_temporary(name) || !shard || !locks_.claim(*shard)) continue;
    fs::remove(entry.path(), error);
    locks_.release(*shard);
  }
  const JobLocks::Guard guard(locks_, JobLocks::Section::manifest);
  for (const auto& entry : fs::directory_iterator(paths_.folder)) {
    const std::string name = entry.path().filename();
    if (is_temporary(name) && name.starts_with("manifest.json.")) fs::remove(entry.path(), error);
  }
}

void JobFolder::refresh() {
  for (const JobEntry& entry : ledger_.read_new()) take(entry);
}

void JobFolder::hand_in(const JobEntry& entry, io::ByteView file) {
  io::write_file_atomic(paths_.shard(entry.shard), file);
  const JobLocks::Guard guard(locks_, JobLocks::Section::ledger);
  ledger_.append(entry);
}

}  // namespace ulam
