#include "ulam/run/job_care.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "ulam/base/error.h"
#include "ulam/io/atomic_file.h"
#include "ulam/io/digest.h"
#include "ulam/run/job_folder.h"

namespace ulam {
namespace {

namespace fs = std::filesystem;

/// Manifest and ledger as they stand.
struct Books {
  JobManifest manifest;
  LedgerScan ledger;
  std::uint64_t half_line = 0;
  std::map<std::int64_t, std::vector<JobEntry>> by_shard;
};

Books read_books(const JobPaths& paths) {
  const auto manifest = read_manifest(paths.folder);
  if (!manifest) fail(ErrorKind::option, paths.folder, "holds no job; ulam draw --job starts one");
  Books books{*manifest, {}, 0, {}};
  std::error_code error;
  if (fs::exists(paths.ledger(), error)) {
    const io::Bytes bytes = io::read_file(paths.ledger());
    books.ledger = scan_ledger(io::as_text(bytes), job_id(books.manifest));
    books.half_line = bytes.size() - books.ledger.used;
  }
  auto& entries = books.ledger.entries;
  const auto foreign = std::remove_if(entries.begin(), entries.end(), [&](const JobEntry& e) {
    return e.shard < 0 || e.shard >= books.manifest.shards();
  });
  books.ledger.unreadable += entries.end() - foreign;
  entries.erase(foreign, entries.end());
  for (const JobEntry& entry : entries) books.by_shard[entry.shard].push_back(entry);
  return books;
}

JobStatus status_of(const Books& books, const JobPaths& paths) {
  JobStatus status;
  status.manifest = books.manifest;
  status.shards = static_cast<std::int64_t>(books.by_shard.size());
  for (const auto& [shard, lines] : books.by_shard) status.samples += books.manifest.range(shard).count;
  for (const JobEntry& entry : books.ledger.entries) {
    status.evaluations += entry.evaluations;
    status.seconds += entry.seconds;
  }
  std::error_code error;
  if (fs::exists(paths.locks(), error)) {
    const JobLocks locks(paths.locks());
    for (std::int64_t k = 0; k < books.manifest.shards(); ++k)
      if (!books.by_shard.contains(k)) status.in_work += locks.held(k);
  }
  return status;
}

/// What is wrong with a listed shard; "" when its bytes fit.
std::string fault_of(const std::string& path, const std::vector<JobEntry>& lines) {
  std::error_code error;
  if (!fs::exists(path, error)) return fmt::format("{}: is missing", path);
  if (!fs::is_regular_file(path, error)) return fmt::format("{}: is no file", path);
  const std::uint64_t hash = io::digest_file(path);
  for (const JobEntry& line : lines)
    if (line.hash == hash) return "";
  return fmt::format("{}: its bytes have changed (hash {} now, {} in the ledger)", path,
                     io::digest_text(hash), io::digest_text(lines.back().hash));
}

/// Files in shards/ that no line of the ledger speaks of.
std::vector<std::string> unlisted(const JobPaths& paths, const Books& books) {
  std::vector<std::string> out;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(paths.shards(), error)) {
    const std::string name = entry.path().filename();
    const auto shard = shard_of_name(name);
    if (shard && entry.path() == paths.shard(*shard) && books.by_shard.contains(*shard)) continue;
    out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

JobCheck check_of(const Books& books, const JobPaths& paths) {
  JobCheck check;
  check.status = status_of(books, paths);
  for (const auto& [shard, lines] : books.by_shard) {
    const std::string fault = fault_of(paths.shard(shard), lines);
    if (fault.empty())
      check.whole.push_back(shard);
    else
      check.damaged.push_back(fault);
  }
  if (books.ledger.unreadable > 0)
    check.clutter.push_back(
        fmt::format("{}: {} lines cannot be read and do not count", paths.ledger(), books.ledger.unreadable));
  if (books.half_line > 0)
    check.clutter.push_back(
        fmt::format("{}: ends in {} bytes of half a line", paths.ledger(), books.half_line));
  for (const std::string& path : unlisted(paths, books))
    check.clutter.push_back(fmt::format("{}: is not in the ledger", path));
  return check;
}

}  // namespace

JobStatus job_status(const std::string& folder) {
  const JobPaths paths{folder};
  return status_of(read_books(paths), paths);
}

JobCheck verify_job(const std::string& folder) {
  const JobPaths paths{folder};
  return check_of(read_books(paths), paths);
}

JobRepair repair_job(const std::string& folder) {
  const JobPaths paths{folder};
  if (!read_manifest(folder)) fail(ErrorKind::option, folder, "holds no job; ulam draw --job starts one");
  JobLocks locks(paths.locks());
  if (!locks.alone()) fail(ErrorKind::system, folder, "a rank is at work in it; stop it first");
  const Books books = read_books(paths);
  JobRepair repair;
  repair.before = check_of(books, paths);
  const std::set<std::int64_t> whole(repair.before.whole.begin(), repair.before.whole.end());
  const auto remove = [&](const std::string& path) {
    std::error_code error;
    if (!fs::exists(path, error)) return;
    if (!fs::remove(path, error) || error)
      fail(ErrorKind::system, path, "could not be removed: {}", error.message());
    repair.done.push_back(fmt::format("removed {}", path));
  };
  for (const auto& [shard, lines] : books.by_shard)
    if (!whole.contains(shard)) remove(paths.shard(shard));
  for (const std::string& path : unlisted(paths, books))
    if (shard_of_name(fs::path(path).filename())) remove(path);
  if (books.ledger.unreadable > 0 || books.half_line > 0) {
    std::string text;
    for (const JobEntry& entry : books.ledger.entries) text += ledger_line(entry, job_id(books.manifest));
    io::write_file_atomic(paths.ledger(), text);
    repair.done.push_back(fmt::format("wrote {} anew", paths.ledger()));
  }
  return repair;
}

}  // namespace ulam
