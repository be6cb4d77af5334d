#include "ulam/run/selftest.h"

#include <set>

#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/problems/read_problem.h"

namespace ulam::selftest_test {
namespace {

TEST(Selftest, PassesHereAndNamesEveryCheckOnce) {
  double now = 0;
  Watch watch;
  watch.clock = [&] { return now += 1; };
  const auto checks = selftest(SelftestSubject{"ring", named_problem("ring")}, {}, watch);
  std::set<std::string> names, groups;
  for (const Check& c : checks) {
    EXPECT_TRUE(c.passed) << c.claim.name << ": " << c.measured << " over " << c.claim.bound << " " << c.note;
    EXPECT_TRUE(names.insert(c.claim.name).second) << c.claim.name << " twice";
    EXPECT_FALSE(c.claim.shows.empty() || c.claim.unit.empty());
    EXPECT_GT(c.seconds, 0);
    groups.insert(c.claim.name.substr(0, c.claim.name.find('/')));
  }
  for (const char* group :
       {"philox", "normals", "fused", "products", "s1", "tweedie", "golden", "order", "s2", "io", "ring"})
    EXPECT_TRUE(groups.contains(group)) << group;
}

TEST(Selftest, StopsWhenCancelled) {
  CancelToken token;
  token.cancel();
  Watch watch;
  watch.cancel = &token;
  EXPECT_THROW(selftest({}, {}, watch), Error);
}

}  // namespace
}  // namespace ulam::selftest_test
