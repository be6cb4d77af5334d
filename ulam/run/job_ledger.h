#pragma once
// The append-only record of a job: a line for every shard that was finished, each with its own checksum.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ulam {

/// A shard that is on the disk.
struct JobEntry {
  std::int64_t shard = 0;
  std::int64_t count = 0;        // samples
  std::int64_t evaluations = 0;  // spent on them
  double seconds = 0;            // that the rank took, by its injected clock
  std::uint64_t hash = 0;        // of the file's bytes
  int rank = 0;                  // that drew it
  friend bool operator==(const JobEntry&, const JobEntry&) = default;
};

/// One line with its line break: 16 digits of checksum, a blank, JSON. The checksum covers the job's id too,
/// so a line of another job does not count.
std::string ledger_line(const JobEntry& entry, std::uint64_t job);
/// The entry of a line without its line break; nothing unless it is byte for byte what ledger_line gives.
std::optional<JobEntry> parse_ledger_line(std::string_view line, std::uint64_t job);

struct LedgerScan {
  std::vector<JobEntry> entries;
  std::int64_t unreadable = 0;  // whole lines that are none of this job's: they count as not written
  std::uint64_t used = 0;       // bytes up to the last line break; what follows is half a line
};
/// Reads what can be read of a ledger, whatever the bytes. Cost: O(text).
LedgerScan scan_ledger(std::string_view text, std::uint64_t job);

/// A ledger on the disk. Any number of processes may read while one appends; who appends holds a lock that
/// keeps others from it.
class LedgerFile {
 public:
  /// Opens, or creates when `append`. Throws Error(system).
  LedgerFile(std::string path, std::uint64_t job, bool append);
  ~LedgerFile();
  LedgerFile(const LedgerFile&) = delete;
  LedgerFile& operator=(const LedgerFile&) = delete;

  /// Entries that came since the last call; half a line at the end waits for its rest. Throws Error(system).
  std::vector<JobEntry> read_new();
  /// One line in one write, on the disk when this returns. Half a line that a killed writer left is closed
  /// first, so that it spoils itself alone. Throws Error(system), and what was written is cut off again.
  void append(const JobEntry& entry);

  std::int64_t unreadable() const { return unreadable_; }
  /// Bytes of half a line at the end, as of the last read_new().
  std::uint64_t half_line() const { return half_line_; }

 private:
  [[noreturn]] void give_up(const char* action, int error) const;
  std::uint64_t size() const;

  std::string path_;
  std::uint64_t job_;
  int descriptor_ = -1;
  std::uint64_t position_ = 0, half_line_ = 0;
  std::int64_t unreadable_ = 0;
};

}  // namespace ulam
