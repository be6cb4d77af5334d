// The classifier: logits from pooled features.
#include "tests/model/support.h"

#include <gtest/gtest.h>

namespace ulam::classifier_test {
namespace {

TEST(Classifier, LogitsAreTheLastLayerOfTheTappedFeatures) {
  const auto network = test::filled(test::small_classifier());
  Call call;
  call.wanted_taps = {"features"};
  const at::Tensor logits = network->forward(test::normals({4, 1, 8, 8}, 1), at::zeros({4}), {}, call);
  ASSERT_EQ(logits.sizes(), (at::IntArrayRef{4, 3}));
  ASSERT_EQ(call.taps.at("features").size(1), 16);
  at::Tensor weight, bias;
  for (const NamedTensor& p : network->parameters().list()) {
    if (p.name == "head.weight") weight = p.tensor;
    if (p.name == "head.bias") bias = p.tensor;
  }
  EXPECT_LT(test::max_difference(at::linear(call.taps.at("features"), weight, bias), logits), 1e-6);
}

TEST(Classifier, OnlyTheNoiseAwareOneSeesTheNoiseLevel) {
  for (const bool aware : {false, true}) {
    nlohmann::json config = test::small_classifier();
    config["noise_aware"] = aware;
    const auto network = test::filled(config);
    Call call;
    const at::Tensor x = test::normals({2, 1, 8, 8}, 1);
    const double d = test::max_difference(network->forward(x, at::zeros({2}), {}, call),
                                          network->forward(x, at::ones({2}), {}, call));
    if (aware)
      EXPECT_GT(d, 1e-4);
    else
      EXPECT_EQ(d, 0);
  }
}

}  // namespace
}  // namespace ulam::classifier_test
