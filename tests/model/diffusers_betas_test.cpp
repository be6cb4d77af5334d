#include "ulam/model/diffusers_betas.h"

#include "tests/errors.h"
#include <cmath>

#include <gtest/gtest.h>

namespace ulam::diffusers::diffusers_betas_test {
namespace {
using nlohmann::json;
using ulam::testing::expect_error;

Path path_of(const json& j) {
  Fields f(j, "s");
  return beta_path(f);
}

double product(const std::vector<double>& betas) {
  double a2 = 1;
  for (const double b : betas) a2 *= 1 - b;
  return a2;
}

TEST(DiffusersBetas, TheDefaultIsLinearWithAThousandEntries) {
  const Path path = path_of(json::object());
  ASSERT_EQ(path.table_size(), 1000);
  double a2 = 1;
  for (int i = 0; i < 1000; ++i) {
    a2 *= 1 - (1e-4 + (0.02 - 1e-4) * i / 999);
    if (i % 333 == 0) {
      EXPECT_NEAR(std::pow(path.at(i).a, 2), a2, 1e-12) << i;
    }
  }
}

TEST(DiffusersBetas, EverySchedulesLastEntryIsTheProductOfItsTable) {
  const std::vector<double> table = {0.1, 0.2, 0.3};
  EXPECT_NEAR(std::pow(path_of({{"trained_betas", table}}).at(2).a, 2), 0.9 * 0.8 * 0.7, 1e-12);
  EXPECT_NEAR(std::pow(path_of({{"beta_schedule", "sigmoid"}, {"num_train_timesteps", 50}}).at(49).a, 2),
              product(sigmoid_betas(50, 1e-4, 0.02)), 1e-12);
  EXPECT_NEAR(std::pow(path_of({{"beta_schedule", "laplace"}, {"num_train_timesteps", 50}}).at(30).a, 2),
              product([] {
                std::vector<double> b = laplace_betas(50);
                b.resize(31);
                return b;
              }()),
              1e-12);
  // cos^2 of the angle over that of 0, one entry on.
  const auto f = [](double t) { return std::pow(std::cos((t + 0.008) / 1.008 * M_PI / 2), 2); };
  EXPECT_NEAR(std::pow(path_of({{"beta_schedule", "squaredcos_cap_v2"}}).at(499).a, 2), f(0.5) / f(0), 1e-12);
  // The square roots of the betas are evenly spaced.
  EXPECT_NEAR(std::pow(path_of({{"beta_schedule", "scaled_linear"}, {"num_train_timesteps", 3}}).at(2).a, 2),
              (1 - 1e-4) * (1 - std::pow((0.01 + std::sqrt(0.02)) / 2, 2)) * (1 - 0.02), 1e-12);
}

TEST(DiffusersBetas, TheSigmoidTableIsSymmetricBetweenItsEnds) {
  const std::vector<double> b = sigmoid_betas(101, 0.1, 0.3);
  for (int i = 0; i <= 100; ++i) EXPECT_NEAR(b[i] + b[100 - i], 0.4, 1e-14);
  EXPECT_NEAR(b[50], 0.2, 1e-14);
  EXPECT_NEAR(b[0], 0.1 + 0.2 / (1 + std::exp(6)), 1e-14);
}

TEST(DiffusersBetas, ATerminalSnrOfZeroIsExact) {
  const Path path = path_of({{"rescale_betas_zero_snr", true}});
  EXPECT_EQ(path.at(999).a, 0);
  EXPECT_EQ(path.at(999).s, 1);
  EXPECT_NEAR(path.at(0).a, std::sqrt(1 - 1e-4), 1e-12);
}

TEST(DiffusersBetas, EveryBrokenRuleIsNamed) {
  const std::vector<std::pair<json, std::vector<std::string>>> all = {
      {{{"num_train_timesteps", 1}}, {"num_train_timesteps"}},
      {{{"num_train_timesteps", -5}}, {"num_train_timesteps", "-5"}},
      {{{"num_train_timesteps", 1e12}}, {"num_train_timesteps"}},
      {{{"beta_start", 0}}, {"beta_start"}},
      {{{"beta_end", 1.5}}, {"beta_end", "1.5"}},
      {{{"beta_schedule", "linnear"}}, {"beta_schedule", "nearest: linear"}},
      {{{"trained_betas", json::array()}}, {"trained_betas"}},
      {{{"trained_betas", {0.1}}}, {"trained_betas", "at least 2"}},
      {{{"trained_betas", {0.1, 0.0, 0.2}}}, {"trained_betas", "entry 1"}},
      {{{"trained_betas", {1.0, 0.2}}}, {"trained_betas", "entry 0"}},
      {{{"trained_betas", {0.1, "x"}}}, {"trained_betas", "numbers"}},
      {{{"rescale_betas_zero_snr", "yes"}}, {"rescale_betas_zero_snr"}}};
  for (const auto& [j, says] : all) {
    SCOPED_TRACE(j.dump());
    std::vector<std::string> parts = says;
    parts.push_back("s: field");
    expect_error(ErrorKind::file, parts, [&, &j = j] { path_of(j); });
  }
}

}  // namespace
}  // namespace ulam::diffusers::diffusers_betas_test
