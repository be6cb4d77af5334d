#include "ulam/path/variance_preserving.h"

#include <cmath>

#include <gtest/gtest.h>

namespace ulam::variance_preserving_test {
namespace {

// s from sqrt(1 - a * a) would be 0 here; the last steps of a draw live in this range.
TEST(VariancePreserving, NoiseNearTheDataKeepsItsPrecision) {
  for (double l : {-1e-18, -1e-12, -1e-6})
    EXPECT_NEAR(vp_marginal(l, 0).s / std::sqrt(-2 * l * (1 + l)), 1, 1e-11);
}

TEST(VariancePreserving, SquaresSumToOneAndDerivativesKeepThem) {
  for (double l : {-1e-9, -0.1, -1.0, -5.0}) {
    const Marginal m = vp_marginal(l, -0.7);
    EXPECT_NEAR(m.a * m.a + m.s * m.s, 1, 1e-15);
    EXPECT_NEAR(m.a * m.da + m.s * m.ds, 0, 1e-15);
  }
}

TEST(VariancePreserving, LogAInvertsHalfLogSnrOverSixHundredOrders) {
  for (double lam : {-700.0, -20.0, -1.0, -1e-9, 0.0, 1e-9, 1.0, 20.0, 300.0})
    EXPECT_NEAR(vp_half_log_snr(vp_log_a(lam)), lam, 1e-13 * (1 + std::abs(lam)));
}

TEST(VariancePreserving, CleanLimitIsExact) {
  EXPECT_EQ(vp_marginal(0, -1).s, 0);
  EXPECT_EQ(vp_marginal(0, -1).a, 1);
  EXPECT_TRUE(std::isinf(vp_marginal(0, -1).ds));
  EXPECT_TRUE(std::isinf(vp_half_log_snr(0)));
}

}  // namespace
}  // namespace ulam::variance_preserving_test
