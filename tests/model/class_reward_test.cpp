#include "ulam/model/class_reward.h"

#include "tests/model/support.h"

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/model/network_model.h"

namespace ulam::class_reward_test {
namespace {

std::shared_ptr<const NetworkModel> judge(int row_limit) {
  ModelInfo info;
  info.name = "judge";
  info.path = Path::edm();
  info.head = {Prediction::data, 1};
  info.row_limit = row_limit;
  return std::make_shared<const NetworkModel>(test::filled(test::small_classifier()), info);
}

TEST(ClassReward, ProbabilitiesOfAllClassesSumToOneInCallsOfAnySize) {
  const auto whole = judge(0), cut = judge(2);
  const at::Tensor x = test::normals({5, 1, 8, 8}, 1);
  at::NoGradGuard off;
  at::Tensor sum = at::zeros({5}, at::kDouble);
  for (std::int64_t c = 0; c < 3; ++c) {
    const at::Tensor logs = class_reward(whole, c)(x);
    EXPECT_LT(test::max_difference(logs, class_reward(cut, c)(x)), 1e-5);
    sum += logs.exp();
  }
  EXPECT_LT(test::max_difference(sum, at::ones({5}, at::kDouble)), 1e-12);
}

// A step along the gradient has to raise the reward by the gradient's square norm times the step.
TEST(ClassReward, GradientIsTheSlope) {
  const auto model = judge(0);
  at::Tensor x = test::normals({2, 1, 8, 8}, 2).requires_grad_(true);
  const auto reward = class_reward(model, 1);
  const at::Tensor before = reward(x);
  before.sum().backward();
  const at::Tensor g = x.grad();
  at::NoGradGuard off;
  const double h = 1e-3, slope = g.square().sum().item<double>();
  const double rise = (reward(x + g * h) - reward(x - g * h)).sum().item<double>() / (2 * h);
  ASSERT_GT(slope, 0);
  EXPECT_NEAR(rise / slope, 1, .02);
}

TEST(ClassReward, RefusesWhatDoesNotFit) {
  const auto model = judge(0);
  const at::Tensor x = test::normals({2, 1, 8, 8}, 3);
  EXPECT_THROW(class_reward(model, 3)(x), Error);
  EXPECT_THROW(class_reward(model, -1)(x), Error);
  EXPECT_THROW(class_log_probability(*model, x, at::zeros({3}, at::kLong)), Error);
  EXPECT_EQ(class_log_probability(*model, x.narrow(0, 0, 0), at::zeros({0}, at::kLong)).numel(), 0);
}

}  // namespace
}  // namespace ulam::class_reward_test
