#include "ulam/guide/schedule.h"

#include "tests/errors.h"

namespace ulam::schedule_test {
namespace {

Schedule from(const std::map<std::string, std::string>& given) {
  return schedule_of(Options("test", schedule_parameters(), given), "test");
}

TEST(Schedule, TheIntervalIsOpenBelowAndClosedAbove) {
  const Schedule s = from({{"low", "0.2"}, {"high", "2"}});
  EXPECT_EQ(s.factor(0.2, 0, 0), 0);
  EXPECT_EQ(s.factor(0.21, 0, 0), 1);
  EXPECT_EQ(s.factor(2, 0, 0), 1);
  EXPECT_EQ(s.factor(2.01, 0, 0), 0);
  EXPECT_EQ(Schedule{}.factor(std::numeric_limits<double>::infinity(), 0, 0), 1);
}

TEST(Schedule, FractionsOfTheStepsRoundDown) {
  const Schedule s = from({{"start", "0.25"}, {"stop", "0.75"}});
  std::vector<double> factors;
  for (int step = 0; step < 10; ++step) factors.push_back(s.factor(1, step, 10));
  EXPECT_EQ(factors, (std::vector<double>{0, 0, 1, 1, 1, 1, 1, 0, 0, 0}));
}

TEST(Schedule, TheTablesLastEntryStands) {
  const Schedule s = from({{"table", "2/0.5"}});
  EXPECT_EQ(s.factor(1, 0, 5), 2);
  EXPECT_EQ(s.factor(1, 1, 5), 0.5);
  EXPECT_EQ(s.factor(1, 4, 5), 0.5);
}

// Records repeat a draw from this text.
TEST(Schedule, TheTextReadsBack) {
  const Schedule s = from({{"low", "0.2"}, {"high", "2"}, {"stop", "0.5"}, {"table", "1/0.25"}});
  EXPECT_EQ(s.text(), "low=0.2,high=2,stop=0.5,table=1/0.25");
  EXPECT_EQ(Schedule{}.text(), "");
}

TEST(Schedule, EmptyWindowsAreASentence) {
  testing::expect_error(ErrorKind::option, {"low = 2", "high = 1"}, [] {
    from({{"low", "2"}, {"high", "1"}});
  });
  testing::expect_error(ErrorKind::option, {"start = 0.5"}, [] {
    from({{"start", "0.5"}, {"stop", "0.5"}});
  });
  testing::expect_error(ErrorKind::option, {"table", "'x'"}, [] { from({{"table", "1/x"}}); });
}

}  // namespace
}  // namespace ulam::schedule_test
