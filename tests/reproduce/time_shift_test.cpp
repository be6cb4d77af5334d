#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/reproduce/methods.h"

namespace ulam {
namespace {

// What the method's page says was shown and what was not. One t_s for a whole batch, or the variance over the
// batch, loses the gains.
TEST(ReproduceTimeShift, StatisticalFindingsAreWhatThePageSays) {
  const Reproduction out = reproduce_time_shift({});
  ASSERT_EQ(out.findings.size(), 24u);
  for (const Finding& f : out.findings) {
    // The other program's figures are all met without a shift, and in part with one.
    if (f.claim.starts_with("window")) continue;
    EXPECT_EQ(f.verdict == Verdict::shown, !f.claim.starts_with("Where the model sees too much"))
        << f.claim << " " << f.setting << " " << f.measured.value << " " << f.why;
  }
  EXPECT_EQ(out.verdict(), Verdict::partly);
}

TEST(ReproduceTimeShift, StopsWhenItIsCancelled) {
  CancelToken token;
  token.cancel();
  ReproductionContext context;
  context.watch.cancel = &token;
  EXPECT_THROW(reproduce_time_shift(context), Error);
}

}  // namespace
}  // namespace ulam
