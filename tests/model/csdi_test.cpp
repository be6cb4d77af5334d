#include "ulam/model/csdi.h"

#include "tests/model/diffusers_support.h"
#include "tests/model/published_weights.h"
#include "tests/model/support.h"
#include <cmath>

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/model/network_model.h"
#include "ulam/path/betas.h"

namespace ulam::csdi_test {
namespace {

nlohmann::json small_csdi() {
  return {{"kind", "csdi"}, {"shape", {3, 5}},     {"channels", 8},       {"layers", 2},
          {"heads", 2},     {"step_embedding", 8}, {"time_embedding", 6}, {"feature_embedding", 4}};
}

at::Tensor with_gaps(const at::Tensor& values, const at::Tensor& keep) {
  return at::where(keep, values, at::full({1}, std::nan("")));
}

// Stored by bench/peers/published_networks.py, from PyTorch's own transformer layers.
TEST(Csdi, AnswersAsPyTorchsLayersDo) {
  const test::PeerCase c = test::peer_cases("csdi.safetensors").at("small");
  const auto network = make_network(c.config, "test");
  network->parameters().load(c.weights, "golden");
  at::NoGradGuard off;
  Call call;
  call.wanted_taps = {"side_info"};
  const at::Tensor eps = network->forward(c.given.at("x"), c.given.at("step"),
                                          {{window_condition, c.given.at("observed")}}, call);
  EXPECT_LT(test::max_difference(eps, c.given.at("eps")), 2e-6);
  EXPECT_LT(test::max_difference(call.taps.at("side_info"), c.given.at("side_info")), 1e-6);
}

TEST(Csdi, SeesObservedValuesAndNotTheNoiseInTheirPlaces) {
  const auto network = test::filled(small_csdi());
  at::NoGradGuard off;
  Call call;
  const at::Tensor x = test::normals({2, 3, 5}, 1), values = test::normals({2, 3, 5}, 2), t = at::ones({2});
  const at::Tensor keep = test::normals({2, 3, 5}, 3).gt(0);
  const auto answer = [&](const at::Tensor& noisy, const at::Tensor& seen) {
    return network->forward(noisy, t, {{window_condition, with_gaps(seen, keep)}}, call);
  };
  const at::Tensor noise = at::where(keep, x + 5, x), hidden = at::where(keep, values, values + 5);
  EXPECT_EQ(test::max_difference(answer(x, values), answer(noise, values)), 0);
  EXPECT_EQ(test::max_difference(answer(x, values), answer(x, hidden)), 0);
  EXPECT_GT(test::max_difference(answer(x, values), answer(x, values + 1)), 1e-3);
  // No condition is the same as nothing observed, and says other things than values do.
  const at::Tensor alone = network->forward(x, t, {}, call);
  EXPECT_EQ(test::max_difference(
                alone, network->forward(x, t, {{window_condition, at::full_like(x, std::nan(""))}}, call)),
            0);
  EXPECT_GT(test::max_difference(alone, answer(x, values)), 1e-3);
}

TEST(Csdi, RowsAreIndependentAndDifferentiableInX) {
  const auto network = test::filled(small_csdi());
  Call call;
  at::Tensor x = test::normals({3, 3, 5}, 1);
  const at::Tensor seen = with_gaps(test::normals({3, 3, 5}, 2), test::normals({3, 3, 5}, 3).gt(0));
  const at::Tensor t = at::tensor({0.f, 4.f, 9.f});
  {
    at::NoGradGuard off;
    const at::Tensor whole = network->forward(x, t, {{window_condition, seen}}, call);
    for (std::int64_t r = 0; r < 3; ++r) {
      const at::Tensor one = network->forward(x.narrow(0, r, 1), t.narrow(0, r, 1),
                                              {{window_condition, seen.narrow(0, r, 1)}}, call);
      EXPECT_LT(test::max_difference(one, whole.narrow(0, r, 1)), 1e-5);
    }
  }
  x.requires_grad_(true);
  network->forward(x, t, {{window_condition, seen}}, call).square().sum().backward();
  EXPECT_TRUE(x.grad().isfinite().all().item<bool>());
  EXPECT_GT(x.grad().abs().max().item<double>(), 0);
}

TEST(Csdi, BadConditionsAreRefused) {
  const auto network = test::filled(small_csdi());
  Call call;
  const at::Tensor x = test::normals({1, 3, 5}, 1), t = at::zeros({1});
  EXPECT_THROW(network->forward(x, t, {{"label", at::zeros({1}, at::kLong)}}, call), Error);
  EXPECT_THROW(network->forward(x, t, {{window_condition, at::zeros({1, 5, 3})}}, call), Error);
  EXPECT_THROW(network->forward(x, t, {{window_condition, at::full({1, 3, 5}, INFINITY)}}, call), Error);
}

TEST(Csdi, BadConfigurationsAreRefusedWithTheField) {
  const std::pair<const char*, const char*> table[] = {
      {R"({"shape": [3]})", "'shape' of a csdi network"},
      {R"({"heads": 3})", "cannot be cut into 3 heads"},
      {R"({"names": ["a"]})", "1 names for 3 features"},
      {R"({"names": ["a", "b", "a"]})", "'a' twice"},
      {R"({"mean": [1, 2, 3]})", "come together"},
      {R"({"mean": [1, 2], "deviation": [1, 1]})", "'mean' must be a list of 3"},
      {R"({"mean": [1, 2, 3], "deviation": [1, 1, 0]})", "'deviation' must hold"},
      {R"({"time_embedding": 7})", "must be even"},
      {R"({"steps": 50})", "unknown field 'steps'"}};
  for (const auto& [change, says] : table) {
    nlohmann::json config = small_csdi();
    config.merge_patch(nlohmann::json::parse(change));
    try {
      make_network(config, "test");
      ADD_FAILURE() << change << " was taken";
    } catch (const Error& e) {
      EXPECT_NE(std::string(e.what()).find(says), std::string::npos) << e.what();
    }
  }
  EXPECT_THROW(csdi_window(test::small_series(), "test"), Error);
  EXPECT_EQ(csdi_window(small_csdi(), "test").length, 5);
}

// The published network for PhysioNet 2012: the path's 50 steps, the condition as values with gaps, the side
// information made from the weights.
TEST(Csdi, PublishedWeightsGiveTheReferenceNoise) {
  const std::string file = test::published_file("csdi-physionet2012.safetensors"),
                    pairs = test::published_file("csdi-physionet2012.golden.safetensors");
  if (file.empty() || pairs.empty()) GTEST_SKIP() << test::no_published;
  auto network = make_network({{"kind", "csdi"}, {"shape", {35, 48}}}, "test");
  network->parameters().load(io::read_safetensors(file), file);
  ModelInfo info;
  info.name = "csdi";
  info.path = Path::discrete(scaled_linear_betas(50, 1e-4, .5));
  info.head = {Prediction::noise, 1};
  const NetworkModel model(std::move(network), info);
  ASSERT_EQ(model.info().conditions.size(), 1u);
  const io::ArrayFile golden = io::read_safetensors(pairs);
  const at::Tensor x = to_tensor(*golden.find("x")), keep = to_tensor(*golden.find("cond_mask")).gt(.5);
  at::NoGradGuard off;
  Call call;
  call.wanted_taps = {"side_info"};
  const at::Tensor eps =
      model.forward(x.select(1, 1).contiguous(), to_tensor(*golden.find("step")).to(at::kDouble),
                    {{window_condition, with_gaps(x.select(1, 0), keep)}}, call);
  EXPECT_LT(test::max_difference(call.taps.at("side_info"), to_tensor(*golden.find("side_info"))), 1e-5);
  EXPECT_LT(test::max_difference(eps, to_tensor(*golden.find("eps"))), 1e-4);
}

}  // namespace
}  // namespace ulam::csdi_test
