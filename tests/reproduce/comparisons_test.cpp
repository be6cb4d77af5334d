#include "ulam/reproduce/comparisons.h"

#include <gtest/gtest.h>

#include "ulam/problems/read_problem.h"

namespace ulam::comparisons_test {
namespace {

Laboratory lab() { return Laboratory(named_problem("tp1"), "time2", {}); }

// A verdict must follow from the numbers: each finding is shown of what is so and not of what is not.
TEST(Comparisons, OrdersAreHeldToTheirBand) {
  Laboratory l = lab();
  EXPECT_EQ(order_finding(l, "dpmpp", 2, {40, 80, 160}).verdict, Verdict::shown);
  EXPECT_EQ(order_finding(l, "ddim", 2, {40, 80, 160}).verdict, Verdict::not_shown);
}
TEST(Comparisons, TheBaselineNeverGetsLess) {
  Laboratory l = lab();
  const Finding f = lead_finding(l, "a claim", "rhork", 5, "heun");
  EXPECT_EQ(f.evaluations, 15);
  EXPECT_EQ(f.baseline_evaluations, 16);
  EXPECT_EQ(lead_finding(l, "a claim", "ddim", 10, "deis").verdict, Verdict::not_shown);
}
TEST(Comparisons, KnownNumbersAreHeldToTheirDigits) {
  Laboratory l = lab();
  EXPECT_EQ(known_error(l, "ddim", 10, .114, .0005).verdict, Verdict::shown);
  EXPECT_EQ(known_error(l, "ddim", 10, .26, .0005).verdict, Verdict::not_shown);
}
TEST(Comparisons, IdentitiesAreToRounding) {
  Laboratory l = lab();
  EXPECT_EQ(identity_finding(l, "a claim", "lms", "deis:variable=rho").verdict, Verdict::shown);
  EXPECT_EQ(identity_finding(l, "a claim", "lms", "deis").verdict, Verdict::not_shown);
}

}  // namespace
}  // namespace ulam::comparisons_test
