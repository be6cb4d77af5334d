#include "ulam/run/check.h"

#include <limits>

#include <gtest/gtest.h>

#include "ulam/base/error.h"

namespace ulam::check_test {
namespace {

Claim claim(const char* name, double bound) {
  Claim c;
  c.name = name;
  c.bound = bound;
  return c;
}

// A bound that is met exactly passes; NaN never does.
TEST(Checklist, PassesUpToTheBoundAndNeverOnNaN) {
  Checklist list;
  list.add(claim("at", 1), [] { return 1.0; });
  list.add(claim("over", 1), [] { return 1.0 + 1e-15; });
  list.add(claim("nan", 1), [] { return std::numeric_limits<double>::quiet_NaN(); });
  ASSERT_EQ(list.checks().size(), 3u);
  EXPECT_TRUE(list.checks()[0].passed);
  EXPECT_FALSE(list.checks()[1].passed);
  EXPECT_FALSE(list.checks()[2].passed);
  EXPECT_FALSE(all_passed(list.checks()));
  EXPECT_FALSE(all_passed({}));
}

// A part that throws must not hide the parts after it.
TEST(Checklist, AnErrorIsAFailedCheckWithItsSentence) {
  Checklist list;
  list.add(std::vector<Claim>{claim("a", 1), claim("b", 1)},
           []() -> std::vector<double> { fail(ErrorKind::numeric, "model", "is broken\nsecond line"); });
  list.add(claim("c", 1), [] { return 0.0; });
  ASSERT_EQ(list.checks().size(), 3u);
  for (int i : {0, 1}) {
    EXPECT_FALSE(list.checks()[static_cast<std::size_t>(i)].passed);
    EXPECT_EQ(list.checks()[static_cast<std::size_t>(i)].note, "model: is broken");
  }
  EXPECT_TRUE(list.checks()[2].passed);
}

// A measurement that returns too few numbers must not pass by accident.
TEST(Checklist, AMissingNumberFails) {
  Checklist list;
  list.add(std::vector<Claim>{claim("a", 1), claim("b", 1)}, [] { return std::vector<double>{0}; });
  EXPECT_TRUE(list.checks()[0].passed);
  EXPECT_FALSE(list.checks()[1].passed);
}

TEST(Checklist, TimesByTheInjectedClockAndStopsWhenCancelled) {
  CancelToken token;
  double now = 0;
  Watch watch;
  watch.clock = [&] { return now += 2; };
  watch.cancel = &token;
  Checklist list(watch);
  list.add(std::vector<Claim>{claim("a", 1), claim("b", 1)}, [] { return std::vector<double>{0, 0}; });
  EXPECT_EQ(list.checks()[0].seconds, 1);
  EXPECT_EQ(list.checks()[1].seconds, 1);
  token.cancel();
  EXPECT_THROW(list.add(claim("c", 1), [] { return 0.0; }), Error);
}

}  // namespace
}  // namespace ulam::check_test
