#include <gtest/gtest.h>

#include "ulam/reproduce/methods.h"

namespace ulam::runge_kutta_test {
namespace {

// At equal cost: 18 Heun steps (35 evaluations) stand against 35 of Euler, 40 against 79.
TEST(RungeKutta, HeunIsHeldAgainstEulerAtEqualCost) {
  const Reproduction r = reproduce_heun({});
  ASSERT_EQ(r.findings.size(), 3u);
  EXPECT_EQ(r.findings[1].evaluations, 35);
  EXPECT_EQ(r.findings[1].baseline_evaluations, 35);
  EXPECT_EQ(r.findings[2].evaluations, 79);
}

}  // namespace
}  // namespace ulam::runge_kutta_test
