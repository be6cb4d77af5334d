#include "ulam/run/job_ledger.h"

#include <cerrno>
#include <cmath>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "ulam/base/error.h"
#include "ulam/io/digest.h"
#include "ulam/io/json.h"

namespace ulam {
namespace {

std::string line_of(const std::string& json, std::uint64_t job) {
  return io::digest_text(hash_bytes(json, hash_bytes(io::digest_text(job)))) + " " + json + "\n";
}

std::uint64_t hash_of_text(const std::string& text) {
  std::uint64_t value = 0;
  for (const char c : text) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : (c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1);
    if (digit < 0) return 0;
    value = value << 4 | static_cast<std::uint64_t>(digit);
  }
  return value;
}

/// Writes everything, or returns the system's error.
int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t done = ::write(descriptor, text.data(), text.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return done < 0 ? errno : EIO;
    text.remove_prefix(static_cast<std::size_t>(done));
  }
  return 0;
}

}  // namespace

std::string ledger_line(const JobEntry& entry, std::uint64_t job) {
  const double seconds = std::isfinite(entry.seconds) && entry.seconds > 0 ? entry.seconds : 0;
  const nlohmann::json j = {{"shard", entry.shard},
                            {"count", entry.count},
                            {"evaluations", entry.evaluations},
                            {"seconds", seconds},
                            {"hash", io::digest_text(entry.hash)},
                            {"rank", entry.rank}};
  return line_of(j.dump(), job);
}

std::optional<JobEntry> parse_ledger_line(std::string_view line, std::uint64_t job) {
  constexpr std::size_t head = 17, most = 1024;
  if (line.size() <= head || line.size() > most) return std::nullopt;
  const std::string body(line.substr(head));
  if (line_of(body, job) != std::string(line) + "\n") return std::nullopt;
  try {
    const nlohmann::json j = io::parse_json(body, "ledger");
    JobEntry entry;
    entry.shard = io::get_integer(j, "shard", "ledger");
    entry.count = io::get_integer(j, "count", "ledger");
    entry.evaluations = io::get_integer(j, "evaluations", "ledger");
    entry.seconds = io::get_real(j, "seconds", "ledger");
    entry.hash = hash_of_text(io::get_text(j, "hash", "ledger"));
    const std::int64_t rank = io::get_integer(j, "rank", "ledger");
    entry.rank = static_cast<int>(rank);
    if (ledger_line(entry, job) != std::string(line) + "\n") return std::nullopt;
    return entry;
  } catch (const Error&) {
    return std::nullopt;
  }
}

LedgerScan scan_ledger(std::string_view text, std::uint64_t job) {
  LedgerScan scan;
  for (std::size_t end = text.find('\n'); end != text.npos; end = text.find('\n', scan.used)) {
    const std::string_view line = text.substr(scan.used, end - scan.used);
    if (const auto entry = parse_ledger_line(line, job))
      scan.entries.push_back(*entry);
    else
      ++scan.unreadable;
    scan.used = end + 1;
  }
  return scan;
}

LedgerFile::LedgerFile(std::string path, std::uint64_t job, bool append) : path_(std::move(path)), job_(job) {
  const int flags = append ? O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC : O_RDONLY | O_CLOEXEC;
  descriptor_ = ::open(path_.c_str(), flags, 0666);
  if (descriptor_ < 0) give_up("opened", errno);
}

LedgerFile::~LedgerFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void LedgerFile::give_up(const char* action, int error) const {
  fail(ErrorKind::system, path_, "could not be {}: {}", action, std::generic_category().message(error));
}

std::uint64_t LedgerFile::size() const {
  struct stat info {};
  if (::fstat(descriptor_, &info) != 0) give_up("read", errno);
  return static_cast<std::uint64_t>(info.st_size);
}

std::vector<JobEntry> LedgerFile::read_new() {
  const std::uint64_t end = size();
  if (end < position_) position_ = 0;  // somebody cut it: what is left is read anew
  std::string text(end - position_, '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const ssize_t done = ::pread(descriptor_, text.data() + filled, text.size() - filled,
                                 static_cast<off_t>(position_ + filled));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) give_up("read", errno);
    if (done == 0) break;
    filled += static_cast<std::size_t>(done);
  }
  text.resize(filled);
  LedgerScan scan = scan_ledger(text, job_);
  position_ += scan.used;
  half_line_ = text.size() - scan.used;
  unreadable_ += scan.unreadable;
  return std::move(scan.entries);
}

void LedgerFile::append(const JobEntry& entry) {
  const std::uint64_t before = size();
  char last = '\n';
  if (before > 0 && ::pread(descriptor_, &last, 1, static_cast<off_t>(before - 1)) != 1)
    give_up("read", errno);
  std::string line;
  if (last != '\n') line.push_back('\n');
  line += ledger_line(entry, job_);
  int error = write_all(descriptor_, line);
  if (error == 0 && ::fsync(descriptor_) != 0) error = errno;
  if (error == 0) return;
  // Without the cut the half line would only be ignored.
  if (::ftruncate(descriptor_, static_cast<off_t>(before)) != 0) errno = 0;
  give_up("written", error);
}

}  // namespace ulam
