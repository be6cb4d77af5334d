#include "ulam/model/diffusers_vae.h"

#include "tests/errors.h"
#include "tests/io/support.h"
#include "tests/model/diffusers_support.h"
#include "tests/model/support.h"

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "ulam/model/diffusers_weights.h"

namespace ulam::diffusers::diffusers_vae_test {
namespace {
using nlohmann::json;
using ulam::test::max_difference;
using ulam::test::normals;
using ulam::testing::expect_error;

const std::map<std::string, ulam::test::PeerCase>& cases() {
  static const auto all = ulam::test::peer_cases("autoencoder_kl.safetensors");
  return all;
}

std::shared_ptr<const Autoencoder> load(const std::string& name, const json& change = json::object()) {
  io::test::TempFolder folder;
  ulam::test::write_component(folder / "v", cases().at(name));
  json config = cases().at(name).config;
  config.update(change);
  Weights weights(folder / "v");
  return std::make_shared<Autoencoder>(parse_vae(config, name), &weights);
}

void expect_close(const at::Tensor& y, const at::Tensor& wanted) {
  ASSERT_EQ(y.sizes(), wanted.sizes());
  const double scale = std::max(1.0, wanted.abs().max().item<double>());
  EXPECT_LT((y - wanted).abs().max().item<double>(), 1e-5 * scale);
  EXPECT_GT(wanted.abs().max().item<double>(), 0.05);  // else everything would agree
}

// A block, norm or attention that computes something else than diffusers does, or tensors of other names or
// shapes.
TEST(DiffusersVae, EveryConfigurationAnswersAsDiffusersDoes) {
  io::test::TempFolder folder;
  for (const auto& [name, c] : cases()) {
    SCOPED_TRACE(name);
    const std::string where = folder / name;
    ulam::test::write_component(where, c);
    Weights weights(where);
    const Autoencoder vae(parse_vae(c.config, name), &weights);
    weights.finish();
    at::NoGradGuard no_grad;
    const LatentMoments moments = vae.encode(c.given.at("x"));
    expect_close(moments.mean, c.given.at("mean"));
    expect_close(moments.log_variance, c.given.at("log_variance"));
    expect_close(vae.decode(c.given.at("z")), c.given.at("y"));
  }
}

// A draw needs the decoder; the encoder's tensors stay on disk.
TEST(DiffusersVae, WithoutItsEncoderItDecodesTheSame) {
  io::test::TempFolder folder;
  const auto& c = cases().at("attention");
  ulam::test::write_component(folder / "v", c);
  Weights weights(folder / "v");
  const Autoencoder vae(parse_vae(c.config, "c"), &weights, false);
  expect_error(ErrorKind::file, {"encoder."}, [&] { weights.finish(); });
  weights.finish({"encoder.", "quant_conv."});
  EXPECT_LT(vae.parameters().count(), load("attention")->parameters().count());
  expect_close(vae.decode(c.given.at("z")), c.given.at("y"));
  expect_error(ErrorKind::unsupported, {"without its encoder"}, [&] { vae.encode(c.given.at("x")); });
}

TEST(DiffusersVae, TheDecoderTakesTheModelsScaleOffAndCuts) {
  const auto vae = load("three_levels");
  const std::vector<std::int64_t> latent = {3, 2, 4};
  expect_error(ErrorKind::file, {"place", "'out_channels'", "2"},
               [&] { make_latent_decoder(vae, latent, "n", 7, "place"); });
  const auto plain = load("plain", {{"scaling_factor", 0.5},
                                    {"shift_factor", 0.25},
                                    {"latents_mean", {0.1, 0.2, 0.3, 0.4}},
                                    {"latents_std", {1, 2, 3, 4}}});
  const auto decoder = make_latent_decoder(plain, {4, 4, 8}, "n", 7, "place");
  EXPECT_EQ(decoder->info().shape, (std::vector<std::int64_t>{3, 8, 16}));
  EXPECT_EQ(decoder->info().latent, (std::vector<std::int64_t>{4, 4, 8}));
  EXPECT_EQ(decoder->info().hash, 7u);
  EXPECT_GT(decoder->info().flops_per_row, 0);
  at::NoGradGuard off;
  const at::Tensor x = normals({2, 4, 4, 8}, 1);
  const at::Tensor mean = at::tensor({0.1f, 0.2f, 0.3f, 0.4f}).view({1, 4, 1, 1}),
                   std = at::tensor({1.f, 2.f, 3.f, 4.f}).view({1, 4, 1, 1});
  const at::Tensor raw = plain->decode(x * std / 0.5 + mean + 0.25), y = decoder->decode(x);
  EXPECT_GT(raw.abs().max().item<double>(), 1.01);
  EXPECT_LT(max_difference(y, raw.clamp(-1, 1)), 1e-5);
}

TEST(DiffusersVae, ARowsBitsDoNotDependOnTheOthersAndNoRowsGiveNone) {
  const auto decoder = make_latent_decoder(load("attention"), {4, 4, 8}, "n", 7, "place");
  at::NoGradGuard off;
  const at::Tensor x = normals({3, 4, 4, 8}, 2) * 0.1;
  EXPECT_EQ(max_difference(decoder->decode(x).slice(0, 1, 2), decoder->decode(x.slice(0, 1, 2))), 0);
  EXPECT_EQ(decoder->decode(x.slice(0, 0, 0)).sizes(), (at::IntArrayRef{0, 3, 8, 16}));
}

TEST(DiffusersVae, HasGradientsOfItsLatents) {
  const auto decoder = make_latent_decoder(load("attention"), {4, 4, 8}, "n", 7, "place");
  at::Tensor x = normals({1, 4, 4, 8}, 3) * 0.02;
  x.requires_grad_();
  const at::Tensor direction = normals({1, 3, 8, 16}, 4);
  (decoder->decode(x) * direction).sum().backward();
  at::NoGradGuard off;
  const at::Tensor u = normals({1, 4, 4, 8}, 5);
  const double step = 1e-3;
  const double slope =
      ((decoder->decode(x + step * u) - decoder->decode(x - step * u)) * direction).sum().item<double>() /
      (2 * step);
  EXPECT_NEAR((x.grad() * u).sum().item<double>(), slope, 2e-2 * std::abs(slope) + 0.5);
}

TEST(DiffusersVae, RefusesLatentsThatDoNotFit) {
  const auto vae = load("plain");
  expect_error(ErrorKind::file, {"place", "'latent_channels' is 4", "[3, 4, 4]"}, [&] {
    make_latent_decoder(vae, {3, 4, 4}, "n", 7, "place");
  });
  expect_error(ErrorKind::file, {"place", "[2]"}, [&] { make_latent_decoder(vae, {2}, "n", 7, "place"); });
  expect_error(ErrorKind::file, {"place", "'block_out_channels'", "16384"}, [&] {
    make_latent_decoder(vae, {4, 8193, 4}, "n", 7, "place");
  });
  const auto decoder = make_latent_decoder(vae, {4, 4, 4}, "n", 7, "place");
  expect_error(ErrorKind::shape, {"[1, 4, 4, 8]", "[4, 4, 4]"}, [&] {
    decoder->decode(at::zeros({1, 4, 4, 8}));
  });
  expect_error(ErrorKind::shape, {"Double"}, [&] { decoder->decode(at::zeros({1, 4, 4, 4}, at::kDouble)); });
}

}  // namespace
}  // namespace ulam::diffusers::diffusers_vae_test
