#include "ulam/draw/quadrature.h"

#include <gtest/gtest.h>

namespace ulam::quadrature_test {
namespace {

TEST(Quadrature, IsExactForPolynomialsUpToDegree31) {
  for (int degree = 0; degree <= 31; ++degree) {
    std::array<double, 1> sum{};
    integrate_piece([&](double u, std::array<double, 1>& v) { v[0] = std::pow(u, degree); }, .25, 1.5, sum);
    const double want = (std::pow(1.5, degree + 1) - std::pow(.25, degree + 1)) / (degree + 1);
    EXPECT_NEAR(sum[0], want, 3e-15 * want) << degree;
  }
}

TEST(Quadrature, AdaptiveReachesRoundingAcrossAKinkAndARoot) {
  std::array<double, 2> sum{};
  integrate_adaptive(
      [](double u, std::array<double, 2>& v) {
        v[0] = std::abs(u - .3);
        v[1] = std::sqrt(u);
      },
      0., 1., 1e-15, sum);
  EXPECT_NEAR(sum[0], (.09 + .49) / 2, 1e-14);
  EXPECT_NEAR(sum[1], 2. / 3, 1e-13);
}

TEST(Quadrature, RunsBackwardsToo) {
  std::array<double, 1> sum{};
  integrate_piece([](double u, std::array<double, 1>& v) { v[0] = std::exp(u); }, 1., 0., sum);
  EXPECT_NEAR(sum[0], 1 - std::exp(1.), 1e-15);
}

}  // namespace
}  // namespace ulam::quadrature_test
