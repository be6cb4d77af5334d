#include "tests/path/paths.h"
#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace ulam::discrete_test {
namespace {

TEST(Discrete, IntegerTimesGiveTheProductsOfTheTable) {
  const std::vector<double> betas = linear_betas(1000);
  const Path p = Path::discrete(betas);
  double product = 1;
  for (int i = 0; i < 1000; ++i) {
    product *= 1 - betas[i];
    EXPECT_NEAR(p.at(i).a / std::sqrt(product), 1, 1e-12);
  }
  EXPECT_EQ(p.table_size(), 1000);
  EXPECT_EQ(p.t_noise(), 999);
}

TEST(Discrete, BetweenIntegersLogAIsLinear) {
  const Path p = Path::discrete(linear_betas(10, 0.01, 0.3));
  for (double f : {0.25, 0.5, 0.9})
    EXPECT_NEAR(std::log(p.at(4 + f).a), (1 - f) * std::log(p.at(4).a) + f * std::log(p.at(5).a), 1e-15);
}

TEST(Discrete, ZeroTerminalEndIsExactAndItsIntervalLinearInA) {
  const Path p = Path::discrete(scaled_linear_betas(1000), true);
  EXPECT_EQ(p.at(999).a, 0);
  EXPECT_EQ(p.at(999).s, 1);
  EXPECT_LT(p.at(999).da, 0);
  EXPECT_NEAR(p.at(998.75).a, 0.25 * p.at(998).a, 1e-16);
  EXPECT_TRUE(std::isinf(p.half_log_snr(999)));
}

// A table of two entries that falls at once: the short way through s = sqrt(1 - a^2) must not lose the noise.
TEST(Discrete, ZeroTerminalTableOfTwoIsContinuous) {
  const Path p = Path::discrete({1e-10, 1}, false);
  EXPECT_NEAR(p.at(0).s, 1e-5, 1e-17);
  EXPECT_NEAR(p.at(1e-12).s, std::sqrt(1e-10 + 2e-12), 1e-11);
  for (double t : {0.4, 0.5, 0.6}) EXPECT_NEAR(p.at(t).a * p.at(t).a + p.at(t).s * p.at(t).s, 1, 1e-15);
}

TEST(Discrete, CleanTimeIsOneIndexBeforeTheTable) {
  const Path p = Path::discrete(linear_betas(10));
  EXPECT_EQ(p.t_clean(), -1);
  EXPECT_EQ(p.at(-1).s, 0);
  EXPECT_NEAR(p.at(-0.5).a, std::pow(1 - 1e-4, 0.25), 1e-15);
}

TEST(Discrete, ZeroTerminalByFlagEqualsTheRescaledTable) {
  const Path a = Path::discrete(linear_betas(100), true),
             b = Path::discrete(zero_terminal_betas(linear_betas(100)));
  for (double t : {0.0, 3.5, 98.0, 98.5, 99.0}) EXPECT_NEAR(a.at(t).a, b.at(t).a, 1e-14);
}

}  // namespace
}  // namespace ulam::discrete_test
