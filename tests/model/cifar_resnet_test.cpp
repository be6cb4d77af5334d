// The published residual network of CIFAR pictures: against a plain second implementation with made-up
// weights, and, where they are at hand, against the published weights' own answers.
#include "tests/model/published_weights.h"
#include "tests/model/support.h"

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/io/safetensors.h"
#include "ulam/model/convert.h"
#include "ulam/model/network_model.h"

namespace ulam::cifar_resnet_test {
namespace {

nlohmann::json of_depth(int depth) { return {{"kind", "cifar_resnet"}, {"depth", depth}, {"outputs", 10}}; }

std::map<std::string, at::Tensor> by_name(const Network& network) {
  std::map<std::string, at::Tensor> out;
  for (const NamedTensor& p : network.parameters().list()) out[p.name] = p.tensor.to(at::kDouble);
  return out;
}

/// The network once more, in double, as the paper describes it.
struct Plain {
  std::map<std::string, at::Tensor> w;

  at::Tensor normed(const at::Tensor& x, const std::string& conv, const std::string& norm, int stride) const {
    const auto wide = [&](const char* what) { return w.at(norm + what).view({1, -1, 1, 1}); };
    const at::Tensor h = at::conv2d(x, w.at(conv + ".weight"), {}, stride, 1);
    return (h - wide(".running_mean")) / at::sqrt(wide(".running_var") + 1e-5) * wide(".weight") +
           wide(".bias");
  }
  at::Tensor operator()(const at::Tensor& rgb01, int blocks) const {
    const auto row = [](double r, double g, double b) {
      return at::tensor({r, g, b}, at::kDouble).view({1, 3, 1, 1});
    };
    at::Tensor h = (rgb01 - row(.485, .456, .406)) / row(.229, .224, .225);
    h = at::relu(normed(h, "conv1", "bn1", 1));
    for (int l = 1; l <= 3; ++l)
      for (int b = 0; b < blocks; ++b) {
        const std::string name = fmt::format("layer{}.{}.", l, b);
        const bool halves = l > 1 && b == 0;
        at::Tensor shortcut = h;
        if (halves) {
          const std::int64_t c = h.size(1), side = h.size(2) / 2;
          shortcut = at::zeros({h.size(0), 2 * c, side, side}, at::kDouble);
          for (std::int64_t i = 0; i < side; ++i)
            for (std::int64_t j = 0; j < side; ++j)
              shortcut.select(3, j)
                  .select(2, i)
                  .narrow(1, c / 2, c)
                  .copy_(h.select(3, 2 * j).select(2, 2 * i));
        }
        h = at::relu(normed(h, name + "conv1", name + "bn1", halves ? 2 : 1));
        h = at::relu(normed(h, name + "conv2", name + "bn2", 1) + shortcut);
      }
    return at::linear(h.mean({2, 3}), w.at("linear.weight"), w.at("linear.bias"));
  }
};

TEST(CifarResnet, AnswersAsAPlainSecondImplementation) {
  const auto network = test::filled(of_depth(14));
  for (const NamedTensor& p : network->parameters().list())
    if (p.name.ends_with("running_var")) at::Tensor(p.tensor).abs_();
  at::NoGradGuard off;
  const at::Tensor rgb = at::sigmoid(test::normals({3, 3, 32, 32}, 1));
  Call call;
  call.wanted_taps = {"features"};
  const at::Tensor logits = network->forward(rgb * 2 - 1, at::zeros({3}), {}, call);
  const at::Tensor plain = Plain{by_name(*network)}(rgb.to(at::kDouble), 2);
  EXPECT_LT(test::max_difference(logits.to(at::kDouble), plain), 1e-4 * plain.abs().max().item<double>());
  EXPECT_EQ(call.taps.at("features").sizes(), (at::IntArrayRef{3, 64}));
}

TEST(CifarResnet, HasThePublishedNumbersOfParametersAndFlops) {
  // He et al. 2015, table 6: 0.27 M and 0.85 M; the statistics of the normalisations are counted here too.
  EXPECT_EQ(make_network(of_depth(20), "test")->parameters().count(), 269722 + 2 * 688);
  EXPECT_NEAR(static_cast<double>(make_network(of_depth(56), "test")->parameters().count()), .86e6, .005e6);
  EXPECT_NEAR(make_network(of_depth(20), "test")->flops_per_row(), 2 * 40.55e6, 1e6);
  EXPECT_EQ(make_network(of_depth(20), "test")->taps().size(), 10u);
}

TEST(CifarResnet, BadConfigurationsAreRefusedWithTheField) {
  const std::pair<const char*, const char*> table[] = {
      {R"({"depth": 21})", "'depth' must be 6 n + 2"},
      {R"({"depth": 2})", "'depth' must be in 8"},
      {R"({"mean": [1, 2]})", "'mean' must be a list of 3"},
      {R"({"deviation": [1, 0, 1]})", "'deviation' must hold"},
      {R"({"deviation": [1, "a", 1]})", "'deviation' must hold"},
      {R"({"range": [1, 1]})", "'range' must be"},
      {R"({"shape": [3, 32, 32]})", "unknown field 'shape'"}};
  for (const auto& [change, says] : table) {
    nlohmann::json config = of_depth(20);
    config.merge_patch(nlohmann::json::parse(change));
    try {
      make_network(config, "test");
      ADD_FAILURE() << change << " was taken";
    } catch (const Error& e) {
      EXPECT_NE(std::string(e.what()).find(says), std::string::npos) << e.what();
    }
  }
}

// PyTorch keeps a counter with every normalisation; a file that still has them is read.
TEST(CifarResnet, CountersOfTheFileArePassedOverAndOtherTensorsAreNot) {
  const auto network = test::filled(of_depth(8)), other = make_network(of_depth(8), "test");
  io::ArrayFile file;
  network->parameters().store(file);
  file.arrays.emplace_back("bn1.num_batches_tracked", to_array(at::full({1}, 7, at::kLong)));
  EXPECT_NO_THROW(other->parameters().load(file, "file"));
  EXPECT_TRUE(at::equal(other->parameters().list()[0].tensor, network->parameters().list()[0].tensor));
  file.arrays.emplace_back("layer4.0.conv1.weight", to_array(at::zeros({1})));
  EXPECT_THROW(other->parameters().load(file, "file"), Error);
}

std::shared_ptr<const NetworkModel> published(int depth) {
  const std::string file = test::published_file(fmt::format("cifar10-resnet{}.safetensors", depth));
  if (file.empty()) return nullptr;
  auto network = make_network(of_depth(depth), "test");
  network->parameters().load(io::read_safetensors(file), file);
  ModelInfo info;
  info.name = "resnet";
  info.head = {Prediction::data, .5};
  return std::make_shared<const NetworkModel>(std::move(network), info);
}

// The golden answers were made by PyTorch from the published file.
TEST(CifarResnet, PublishedWeightsGiveTheReferenceLogits) {
  for (const int depth : {20, 56}) {
    const auto model = published(depth);
    const std::string pairs = test::published_file(fmt::format("cifar10-resnet{}.golden.safetensors", depth));
    if (!model || pairs.empty()) GTEST_SKIP() << test::no_published;
    const io::ArrayFile golden = io::read_safetensors(pairs);
    at::NoGradGuard off;
    Call call;
    const at::Tensor x = to_tensor(*golden.find("rgb01")) * 2 - 1;
    const at::Tensor logits =
        model->forward(x, at::full({x.size(0)}, model->info().path.t_data(), at::kDouble), {}, call);
    EXPECT_LT(test::max_difference(logits, to_tensor(*golden.find("logits"))), 1e-4) << depth;
  }
}

}  // namespace
}  // namespace ulam::cifar_resnet_test
