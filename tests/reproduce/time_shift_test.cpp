#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/reproduce/methods.h"

namespace ulam::time_shift_test {
namespace {

// What the method's page says was shown and what was not. One t_s for a whole batch, or the variance over the
// batch, loses the gains.
TEST(ReproduceTimeShift, StatisticalFindingsAreWhatThePageSays) {
  const Reproduction out = reproduce_time_shift({});
  ASSERT_EQ(out.findings.size(), 24u);
  for (const Finding& f : out.findings)
    EXPECT_EQ(f.verdict, Verdict::shown)
        << f.claim << " " << f.setting << " " << f.measured.value << " " << f.why;
}

TEST(ReproduceTimeShift, StopsWhenItIsCancelled) {
  CancelToken token;
  token.cancel();
  ReproductionContext context;
  context.watch.cancel = &token;
  EXPECT_THROW(reproduce_time_shift(context), Error);
}

}  // namespace
}  // namespace ulam::time_shift_test
