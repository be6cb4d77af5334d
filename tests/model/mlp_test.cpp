// The perceptron: classes, taps, skips.
#include "tests/model/support.h"

#include <gtest/gtest.h>

#include "ulam/base/error.h"

namespace ulam::mlp_test {
namespace {

TEST(Mlp, KeepsTheShapeAndDependsOnTheNoiseLevel) {
  const auto network = test::filled(test::small_mlp());
  const at::Tensor x = test::normals({3, 5}, 1);
  Call call;
  const at::Tensor a = network->forward(x, at::zeros({3}), {}, call),
                   b = network->forward(x, at::ones({3}), {}, call);
  EXPECT_EQ(a.sizes(), x.sizes());
  EXPECT_GT(test::max_difference(a, b), 1e-3);
}

TEST(Mlp, WithoutClassesItRefusesLabels) {
  const auto network = test::filled(test::small_mlp());
  Call call;
  EXPECT_THROW(network->forward(test::normals({3, 5}, 1), at::zeros({3}),
                                {{"label", at::zeros({3}, at::kLong)}}, call),
               Error);
}

TEST(Mlp, LabelsChangeTheOutput) {
  nlohmann::json config = test::small_mlp();
  config["classes"] = 2;
  const auto network = test::filled(config);
  Call call;
  const at::Tensor x = test::normals({2, 5}, 1);
  const at::Tensor zero = network->forward(x, at::zeros({2}), {{"label", at::zeros({2}, at::kLong)}}, call);
  const at::Tensor one = network->forward(x, at::zeros({2}), {{"label", at::ones({2}, at::kLong)}}, call);
  EXPECT_GT(test::max_difference(zero, one), 1e-3);
}

TEST(Mlp, ASkippedLayerIsTheIdentity) {
  const auto network = test::filled(test::small_mlp());
  const at::Tensor x = test::normals({2, 5}, 1);
  Call call;
  call.wanted_taps = {"layer0", "layer1"};
  call.perturbations = {{"layer1", Perturbation::Kind::skip, 1, {}}};
  network->forward(x, at::zeros({2}), {}, call);
  EXPECT_TRUE(at::equal(call.taps.at("layer0"), call.taps.at("layer1")));
}

}  // namespace
}  // namespace ulam::mlp_test
