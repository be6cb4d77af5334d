#include "ulam/path/grid_rules.h"

#include "tests/path/paths.h"
#include <cmath>

#include <gtest/gtest.h>

namespace ulam::grid_rules_test {
namespace {

TEST(GridRules, PowerIsUniformInTheRoot) {
  const std::vector<double> t = power_grid(Path::vp(), 10, 2);
  for (int n = 0; n <= 10; ++n) EXPECT_NEAR(t[n], std::pow(1 + n / 10.0 * (std::sqrt(1e-3) - 1), 2), 1e-15);
}

TEST(GridRules, KarrasIsEquationFive) {
  const int n = 18;
  const std::vector<double> t = rho_grid(Path::edm(), n - 1, 7, 1, 1);
  for (int i = 0; i < n; ++i) {
    const double root =
        std::pow(80, 1 / 7.0) + i / (n - 1.0) * (std::pow(0.002, 1 / 7.0) - std::pow(80, 1 / 7.0));
    EXPECT_NEAR(t[i], std::pow(root, 7), 1e-12);
  }
}

TEST(GridRules, LogSnrIsUniformInLogSnr) {
  for (const Path& p : {Path::vp(), Path::edm(), Path::ve(), Path::discrete(linear_betas(1000))}) {
    const std::vector<double> t = logsnr_grid(p, 9, 1, 1);
    const double first = p.half_log_snr(p.t_noise()), last = p.half_log_snr(p.t_data());
    for (int n = 0; n <= 9; ++n)
      EXPECT_NEAR(p.half_log_snr(t[n]), first + n / 9.0 * (last - first), 1e-11) << p.json();
  }
}

// On a flow both ends are infinite: inner times are spaced as if the ends stood at the cuts, the ends stay
// exact.
TEST(GridRules, InfiniteEndsAreSpacedByTheCuts) {
  const Path p = Path::flow();
  const std::vector<double> t = logsnr_grid(p, 4, 0.01, 100);
  EXPECT_EQ(t.front(), 1);
  EXPECT_EQ(t.back(), 0);
  EXPECT_NEAR(p.rho(t[1]), 10, 1e-13);
  EXPECT_NEAR(p.rho(t[2]), 1, 1e-14);
  EXPECT_NEAR(p.rho(t[3]), 0.1, 1e-15);
}

TEST(GridRules, RhoGridIsUniformInRho) {
  const std::vector<double> t = rho_grid(Path::flow(), 4, 1, 0, 80);
  for (int n = 1; n < 4; ++n) EXPECT_NEAR(Path::flow().rho(t[n]), 80 - 20 * n, 1e-12);
}

TEST(GridRules, CutsThatCrossAreRefused) {
  EXPECT_NE(sentence_of([] { logsnr_grid(Path::flow(), 4, 100, 0.01); }), "");
}

TEST(GridRules, CosineStepsGrowTowardsTheData) {
  const std::vector<double> t = cosine_grid(Path::flow(), 6);
  for (int n = 2; n <= 6; ++n) EXPECT_GT(t[n - 1] - t[n], t[n - 2] - t[n - 1]);
  EXPECT_NEAR(t[3], std::sqrt(0.5), 1e-15);
}

// Indices as diffusers' schedulers list them for T = 1000.
TEST(GridRules, TableTimesAreTheConventionsOfDiffusers) {
  EXPECT_EQ(leading_times(1000, 4, 1), (std::vector<double>{751, 501, 251, 1}));
  EXPECT_EQ(leading_times(1000, 3, 0), (std::vector<double>{666, 333, 0}));
  EXPECT_EQ(trailing_times(1000, 4), (std::vector<double>{999, 749, 499, 249}));
  EXPECT_EQ(trailing_times(1000, 3), (std::vector<double>{999, 666, 332}));
  EXPECT_EQ(linspace_times(1000, 4), (std::vector<double>{999, 666, 333, 0}));
  EXPECT_EQ(linspace_times(1000, 1), (std::vector<double>{999}));
  EXPECT_EQ(trailing_times(1000, 1000).back(), 0);
}

}  // namespace
}  // namespace ulam::grid_rules_test
