#include "ulam/run/job_ledger.h"

#include "../errors.h"
#include "job_support.h"
#include <csignal>
#include <sys/resource.h>

namespace ulam::job_ledger_test {
namespace {

using job_test::Folder;
using job_test::slurp;
using job_test::spill;

JobEntry entry(std::int64_t shard) {
  JobEntry e;
  e.shard = shard;
  e.count = 64;
  e.evaluations = 1152;
  e.seconds = .1 + static_cast<double>(shard);
  e.hash = 0xfedcba9876543210ull + static_cast<std::uint64_t>(shard);
  e.rank = 3;
  return e;
}

TEST(JobLedger, ALineComesBack) {
  for (const std::int64_t shard : {0, 1, 9999999}) {
    std::string line = ledger_line(entry(shard), 5);
    ASSERT_EQ(line.back(), '\n');
    line.pop_back();
    EXPECT_EQ(parse_ledger_line(line, 5), entry(shard));
  }
}

TEST(JobLedger, ALineOfAnotherJobDoesNotCount) {
  const std::string line = ledger_line(entry(1), 5);
  EXPECT_FALSE(parse_ledger_line(std::string_view(line).substr(0, line.size() - 1), 6));
}

TEST(JobLedger, NoFlippedBitAndNoCutLineIsRead) {
  std::string line = ledger_line(entry(12), 5);
  line.pop_back();
  for (std::size_t i = 0; i < line.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = line;
      bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
      EXPECT_FALSE(parse_ledger_line(bad, 5)) << i;
    }
  for (std::size_t n = 0; n < line.size(); ++n) EXPECT_FALSE(parse_ledger_line(line.substr(0, n), 5));
}

// A clock that jumps back, or none at all, must not spoil the line.
TEST(JobLedger, SecondsThatMakeNoSenseAreNone) {
  for (const double seconds :
       {-5.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    JobEntry e = entry(1);
    e.seconds = seconds;
    std::string line = ledger_line(e, 5);
    line.pop_back();
    ASSERT_TRUE(parse_ledger_line(line, 5));
    EXPECT_EQ(parse_ledger_line(line, 5)->seconds, 0);
  }
}

TEST(JobLedger, HalfALineWaitsAndRubbishIsCounted) {
  const std::string whole = ledger_line(entry(0), 5) + "rubbish\n" + ledger_line(entry(1), 5);
  const LedgerScan scan = scan_ledger(whole + ledger_line(entry(2), 5).substr(0, 30), 5);
  EXPECT_EQ(scan.entries, (std::vector<JobEntry>{entry(0), entry(1)}));
  EXPECT_EQ(scan.unreadable, 1);
  EXPECT_EQ(scan.used, whole.size());
}

TEST(JobLedger, WhoReadsSeesWhatAnotherAppends) {
  const Folder folder;
  LedgerFile writer(folder / "ledger", 5, true), reader(folder / "ledger", 5, false);
  EXPECT_TRUE(reader.read_new().empty());
  writer.append(entry(0));
  writer.append(entry(1));
  EXPECT_EQ(reader.read_new(), (std::vector<JobEntry>{entry(0), entry(1)}));
  EXPECT_TRUE(reader.read_new().empty());
  EXPECT_EQ(LedgerFile(folder / "ledger", 5, true).read_new().size(), 2U);
}

// A writer that was killed leaves half a line; without the line break before it the next line would be lost.
TEST(JobLedger, AHalfLineSpoilsOnlyItself) {
  const std::string half = ledger_line(entry(1), 5);
  for (const std::size_t length : {std::size_t{1}, half.size() / 2, half.size() - 1}) {
    const Folder folder;
    spill(folder / "ledger", ledger_line(entry(0), 5) + half.substr(0, length));
    LedgerFile ledger(folder / "ledger", 5, true);
    EXPECT_EQ(ledger.read_new().size(), 1U);
    EXPECT_EQ(ledger.half_line(), length);
    ledger.append(entry(2));
    const auto more = ledger.read_new();
    // A line that lacked nothing but its end is whole by the break that was put there.
    const std::vector<JobEntry> wanted = length == half.size() - 1 ? std::vector<JobEntry>{entry(1), entry(2)}
                                                                   : std::vector<JobEntry>{entry(2)};
    EXPECT_EQ(more, wanted);
    EXPECT_EQ(ledger.unreadable(), length == half.size() - 1 ? 0 : 1);
  }
}

TEST(JobLedger, AWriteThatFailsIsTakenBack) {
  const Folder folder;
  LedgerFile ledger(folder / "ledger", 5, true);
  ledger.append(entry(0));
  const std::string before = slurp(folder / "ledger");
  struct rlimit old {};
  getrlimit(RLIMIT_FSIZE, &old);
  const auto former = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit small = old;
  small.rlim_cur = before.size() + 20;
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string said = testing::error_text([&] { ledger.append(entry(1)); });
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, former);
  EXPECT_NE(said.find("could not be written"), said.npos) << said;
  EXPECT_EQ(slurp(folder / "ledger"), before);
  ledger.append(entry(2));
  EXPECT_EQ(ledger.read_new(), (std::vector<JobEntry>{entry(0), entry(2)}));
}

TEST(JobLedger, AFolderThatIsNotThereIsASentence) {
  testing::expect_error(ErrorKind::system, {"/nowhere/ledger", "opened"},
                        [] { LedgerFile("/nowhere/ledger", 5, true); });
}

}  // namespace
}  // namespace ulam::job_ledger_test
