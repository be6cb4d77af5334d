#include "ulam/problems/checkerboard.h"

#include "tests/problems/cases.h"
#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

namespace ulam::checkerboard_test {
namespace {

double normal(double z) { return std::exp(-0.5 * z * z) / std::sqrt(2 * std::numbers::pi); }

// The closed form by erf, where its differences do not cancel.
TEST(Checkerboard, IntervalMomentsAreTheErrorFunctions) {
  for (double x : {-1.5, -0.2, 0.1, 0.6, 1.4})
    for (double a : {1.0, 0.7, 0.2})
      for (double s : {0.05, 0.3, 0.9}) {
        const double lo = -0.5, hi = 0.5, alpha = (a * lo - x) / s, beta = (a * hi - x) / s;
        const double root = std::sqrt(2.0);
        const double mass = alpha > 0  ? 0.5 * (std::erfc(alpha / root) - std::erfc(beta / root))
                            : beta < 0 ? 0.5 * (std::erfc(-beta / root) - std::erfc(-alpha / root))
                                       : 0.5 * (std::erf(beta / root) - std::erf(alpha / root));
        if (mass < 1e-280) continue;
        const IntervalMoments m = interval_moments(x, a, s, lo, hi);
        const double mean_z = (normal(alpha) - normal(beta)) / mass;
        const double var_z = 1 + (alpha * normal(alpha) - beta * normal(beta)) / mass - mean_z * mean_z;
        EXPECT_NEAR(m.log_mass, std::log(mass / a), 1e-12 * (1 + std::abs(m.log_mass)));
        EXPECT_NEAR(m.mean_z, mean_z, 1e-11 * (1 + std::abs(mean_z)));
        EXPECT_NEAR(m.mean, (x + s * mean_z) / a, 1e-11);
        EXPECT_NEAR(m.variance, var_z * s * s / (a * a), 1e-9);
      }
}

// Where a = 0 the noise says nothing: the interval's own moments; where it is far away, the exponential tail.
TEST(Checkerboard, IntervalMomentsHaveTheirLimits) {
  const IntervalMoments none = interval_moments(0.3, 0, 1, 1, 3);
  EXPECT_NEAR(none.mean, 2, 1e-14);
  EXPECT_NEAR(none.variance, 4.0 / 12, 1e-14);
  EXPECT_NEAR(none.log_mass, std::log(2 * normal(0.3)), 1e-14);
  const double far = 1000, s = 0.1;  // density of u falls as exp(-far (u - lo)/s^2)
  const IntervalMoments tail = interval_moments(-far, 1, s, 0, 1);
  EXPECT_NEAR(tail.mean * far / (s * s), 1, 1e-6);
  EXPECT_NEAR(tail.variance * std::pow(far / (s * s), 2), 1, 1e-6);
  const IntervalMoments inside = interval_moments(0.3, 1, 1e-6, 0, 1);
  EXPECT_NEAR(inside.mean, 0.3, 1e-15);
  EXPECT_NEAR(inside.variance / 1e-12, 1, 1e-12);
  EXPECT_NEAR(inside.log_mass, 0, 1e-13);
}

TEST(Checkerboard, CleanDensityIsUniformOnEvenSquares) {
  const DensityPtr board = make_checkerboard(4, 2);
  const double even[2] = {-1.5, -1.5}, odd[2] = {-0.5, -1.5}, outside[2] = {2.5, 0};
  EXPECT_NEAR(board->clean_log_density(even, -1), -std::log(8), 1e-15);
  EXPECT_TRUE(std::isinf(board->clean_log_density(odd, -1)));
  EXPECT_TRUE(std::isinf(board->clean_log_density(outside, -1)));
}

TEST(Checkerboard, SamplesLieOnEvenSquaresOnly) {
  for (int cells : {1, 2, 3, 8}) {
    const DensityPtr board = make_checkerboard(cells, 1);
    for (std::uint64_t id = 0; id < 300; ++id) {
      double x[2];
      board->sample({make_key(4, Stream::data), id, 0}, -1, x);
      EXPECT_TRUE(std::isfinite(board->clean_log_density(x, -1)));
    }
  }
}

TEST(Checkerboard, OutOfRangeParametersAreRefused) {
  EXPECT_NE(sentence_of([] { make_checkerboard(0, 1); }).find("cells = 0"), std::string::npos);
  EXPECT_NE(sentence_of([] { make_checkerboard(4, -1); }).find("half = -1"), std::string::npos);
}

}  // namespace
}  // namespace ulam::checkerboard_test
