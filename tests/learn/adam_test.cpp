#include "ulam/learn/adam.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace ulam::adam_test {
namespace {

struct Adam : ::testing::Test {
  Parameters p;
  at::Tensor w = p.declare("w", {2, 2}, 0, 1.0), b = p.declare("b", {2}, 0, 1.0);
  void SetUp() override {
    p.initialise(1);
    p.require_gradients(true);
  }
  void set_gradients(double g) {
    w.mutable_grad() = at::full({2, 2}, g);
    b.mutable_grad() = at::full({2}, g);
  }
};

// With bias correction the first update is rate * g / (|g| + eps), whatever the gradient's size.
TEST_F(Adam, TheFirstUpdateIsTheRateTimesTheSign) {
  AdamState state = adam_start(p);
  set_gradients(-250);
  adam_update(p, state, {}, 0.01);
  EXPECT_NEAR(w[0][0].item<double>(), 1.01, 1e-6);
  EXPECT_EQ(state.updates, 1);
  EXPECT_FALSE(w.grad().defined());
}

TEST_F(Adam, TwoUpdatesByHand) {
  AdamState state = adam_start(p);
  const AdamOptions o;
  set_gradients(1);
  adam_update(p, state, o, 0.1);
  set_gradients(3);
  adam_update(p, state, o, 0.1);
  const double m = (0.9 * 0.1 + 0.1 * 3) / (1 - 0.81), v = (0.99 * 0.01 + 0.01 * 9) / (1 - 0.99 * 0.99);
  EXPECT_NEAR(b[0].item<double>(), 1 - 0.1 - 0.1 * m / std::sqrt(v), 1e-6);
}

TEST_F(Adam, WeightDecayShrinksMatricesOnly) {
  AdamState state = adam_start(p);
  AdamOptions o;
  o.weight_decay = 0.5;
  set_gradients(0);
  adam_update(p, state, o, 0.1);
  EXPECT_NEAR(w[0][0].item<double>(), 0.95, 1e-6);
  EXPECT_EQ(b[0].item<double>(), 1);
}

TEST_F(Adam, ClippingScalesTheCommonNorm) {
  set_gradients(2);  // norm 2 sqrt(6)
  EXPECT_NEAR(clip_gradients(p, 1), 2 * std::sqrt(6.0), 1e-6);
  EXPECT_NEAR(clip_gradients(p, 0), 1, 1e-6);
}

}  // namespace
}  // namespace ulam::adam_test
