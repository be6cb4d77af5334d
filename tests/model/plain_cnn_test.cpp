// The plain convolutional denoiser: against a second implementation with made-up weights, and, where they are
// at hand, against the published weights' own answers.
#include "tests/model/published_weights.h"
#include "tests/model/support.h"
#include <cmath>
#include <map>

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/io/safetensors.h"
#include "ulam/model/convert.h"
#include "ulam/model/network_model.h"
#include "ulam/path/betas.h"

namespace ulam::plain_cnn_test {
namespace {

nlohmann::json small_cnn() {
  return {{"kind", "plain_cnn"}, {"shape", {1, 5, 6}}, {"channels", {3, 4}}, {"kernel", 3},
          {"frequencies", 2},    {"embedding", 7},     {"steps", 10}};
}

at::Tensor normed(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  const at::Tensor rest = x - x.mean({1, 2, 3}, true);
  return rest / at::sqrt(rest.square().mean({1, 2, 3}, true) + 1e-5) * weight + bias;
}

at::Tensor bent(const at::Tensor& x) { return x * (1 + at::erf(x / std::sqrt(2.0))) / 2; }

// Fails when the order of convolution, norm, bend and time is another, or the time is not a share of the
// steps.
TEST(PlainCnn, AnswersAsItsFormulaInDouble) {
  const auto network = test::filled(small_cnn());
  std::map<std::string, at::Tensor> w;
  for (const NamedTensor& p : network->parameters().list()) w[p.name.substr(3)] = p.tensor.to(at::kDouble);
  const at::Tensor x = test::normals({3, 1, 5, 6}, 1), t = at::tensor({0.f, 3.f, 10.f});
  const at::Tensor angle = (t.to(at::kDouble) / 10).unsqueeze(1) * w.at("frequencies").unsqueeze(0);
  at::Tensor e = at::cat({angle.sin(), angle.cos() - 1}, 1);
  for (const char* layer : {"0", "2", "4", "6"}) {
    const std::string name = std::string("time_embed.") + layer;
    e = at::matmul(layer[0] == '0' ? e : bent(e), w.at(name + ".weight").t()) + w.at(name + ".bias");
  }
  at::Tensor h = x.to(at::kDouble);
  for (const char* block : {"blocks.0", "blocks.1"}) {
    const std::string name = block;
    h = bent(normed(at::conv2d(h, w.at(name + ".net.0.weight"), w.at(name + ".net.0.bias"), 1, 1),
                    w.at(name + ".net.1.weight"), w.at(name + ".net.1.bias")));
    if (name == "blocks.0") h = h + e.view({3, 3, 1, 1});
  }
  h = at::conv2d(h, w.at("blocks.2.weight"), w.at("blocks.2.bias"), 1, 1);
  at::NoGradGuard off;
  Call call;
  EXPECT_LT(test::max_difference(network->forward(x, t, {}, call).to(at::kDouble), h), 1e-4);
}

TEST(PlainCnn, ConditionsAndBadConfigurationsAreRefusedWithTheField) {
  Call call;
  EXPECT_THROW(
      test::filled(small_cnn())
          ->forward(at::zeros({1, 1, 5, 6}), at::zeros({1}), {{"label", at::zeros({1}, at::kLong)}}, call),
      Error);
  const std::pair<const char*, const char*> table[] = {{R"({"shape": [3, 5]})", "'shape' of a plain_cnn"},
                                                       {R"({"kernel": 4})", "must be odd, got 4"},
                                                       {R"({"channels": [0]})", "'channels'"},
                                                       {R"({"classes": 10})", "unknown field 'classes'"}};
  for (const auto& [change, says] : table) {
    nlohmann::json config = small_cnn();
    config.merge_patch(nlohmann::json::parse(change));
    try {
      make_network(config, "test");
      ADD_FAILURE() << change << " was taken";
    } catch (const Error& e) {
      EXPECT_NE(std::string(e.what()).find(says), std::string::npos) << e.what();
    }
  }
}

// The published denoiser of MNIST, with the times that its path of 1001 betas counts; its own table of
// cumulative products is the path's.
TEST(PlainCnn, PublishedWeightsGiveTheReferenceNoise) {
  const std::string file = test::published_file("ddpm-mnist-cnn.safetensors"),
                    pairs = test::published_file("ddpm-mnist-cnn.golden.safetensors");
  if (file.empty() || pairs.empty()) GTEST_SKIP() << test::no_published;
  auto network = make_network({{"kind", "plain_cnn"}, {"shape", {1, 28, 28}}}, "test");
  const io::ArrayFile weights = io::read_safetensors(file), golden = io::read_safetensors(pairs);
  network->parameters().load(weights, file);
  ModelInfo info;
  info.name = "mnist";
  info.path = Path::discrete(linear_betas(1001, 1e-4, .02));
  info.head = {Prediction::noise, 1};
  const NetworkModel model(std::move(network), info);
  at::NoGradGuard off;
  Call call;
  const at::Tensor eps = model.forward(to_tensor(*golden.find("x")),
                                       to_tensor(*golden.find("t")).to(at::kDouble) * 1000, {}, call);
  EXPECT_LT(test::max_difference(eps, to_tensor(*golden.find("eps"))), 1e-4);
  const at::Tensor kept = to_tensor(*weights.find("alpha_t"));
  for (const int t : {0, 1, 500, 1000}) {
    const double a = info.path.at(t).a;
    EXPECT_NEAR(a * a, kept[t].item<double>(), 1e-5);
  }
}

}  // namespace
}  // namespace ulam::plain_cnn_test
