#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/reproduce/methods.h"

namespace ulam::mean_reverting_test {
namespace {

// What the method's page says was shown and what was not; the figures themselves carry their errors. The
// identity must compare two computations, not one with itself.
TEST(MeanReverting, StatisticalFindingsAreWhatThePageSays) {
  const Reproduction out = reproduce_mrs({});
  ASSERT_EQ(out.findings.size(), 15u);
  for (const Finding& f : out.findings) {
    const bool partly = f.claim.starts_with("5 evaluations do what") || f.baseline == "0.117";
    EXPECT_EQ(f.verdict == Verdict::shown, !partly) << f.claim << " " << f.measured.value << " " << f.why;
    if (f.baseline == "rounding") {
      EXPECT_GT(f.measured.value, 0);
      EXPECT_LT(f.measured.value, 1e-13);
    }
  }
  EXPECT_EQ(out.verdict(), Verdict::partly);
}

TEST(MeanReverting, StopsWhenItIsCancelled) {
  CancelToken token;
  token.cancel();
  ReproductionContext context;
  context.watch.cancel = &token;
  EXPECT_THROW(reproduce_mrs(context), Error);
}

}  // namespace
}  // namespace ulam::mean_reverting_test
