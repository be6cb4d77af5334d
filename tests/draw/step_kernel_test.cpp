#include "ulam/draw/step_kernel.h"

#include <cmath>

#include <gtest/gtest.h>

namespace ulam::step_kernel_test {
namespace {

// Ancestral sampling on the edm path: x' = c x + (1 - c) D + noise, c = s'^2/s^2, variance s'^2 (1 - c).
TEST(StepKernel, AncestralStepsHaveTheKnownVariance) {
  const Plan plan = make_plan("ddpm", "", 5, Path::edm(), Head{Prediction::data, .5});
  for (std::size_t i = 0; i + 1 < 5; ++i) {
    const double from = plan.times[i], to = plan.times[i + 1], c = to * to / (from * from);
    const StepKernel k = step_kernel(plan.steps[i].variants[0].moves[0], StepTimes::plain(from, to));
    EXPECT_EQ(k.from, from);
    EXPECT_EQ(k.to, to);
    EXPECT_NEAR(k.variance, to * to * (1 - c), 1e-12 * to * to);
    EXPECT_NEAR(k.share, 1 - c, 1e-12);
  }
}

TEST(StepKernel, DeterministicStepsHaveNone) {
  const Plan plan = make_plan("heun", "", 3, Path::edm(), Head{Prediction::data, .5});
  const Variant& variant = plan.steps[0].variants[0];
  for (const Move& move : variant.moves) EXPECT_EQ(step_kernel(move, StepTimes::plain(1, 0.5)).variance, 0);
  EXPECT_FALSE(evaluates_before(variant, 0));
  EXPECT_TRUE(evaluates_before(variant, 1));
}

}  // namespace
}  // namespace ulam::step_kernel_test
