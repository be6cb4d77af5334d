#include "ulam/model/diffusers_layers.h"

#include "tests/errors.h"
#include "tests/model/support.h"

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

namespace ulam::diffusers::diffusers_layers_test {
namespace {
using ulam::test::max_difference;
using ulam::test::normals;

void put(const at::Tensor& t, const at::Tensor& value) { at::Tensor(t).copy_(value); }

void fill_all(Parameters& p) {
  std::uint64_t id = 500;
  for (const NamedTensor& t : p.list())
    at::Tensor(t.tensor).copy_(normals(t.tensor.sizes().vec(), id++) * 0.3);
}

at::Tensor inside(const at::Tensor& x) { return x.slice(2, 1, x.size(2) - 1).slice(3, 1, x.size(3) - 1); }

// A filter whose sum is not 1 (4 upwards) would make pictures darker or brighter at every level.
TEST(DiffusersLayers, FiltersKeepAConstantPicture) {
  const at::Tensor x = at::full({2, 3, 8, 8}, 0.7f);
  for (const at::Tensor& y : {k_down(x), inside(fir_down(x))})
    EXPECT_LT((y - 0.7).abs().max().item<double>(), 1e-6);
  for (const at::Tensor& y : {k_up(x), inside(fir_up(x))})
    EXPECT_LT((y - 0.7).abs().max().item<double>(), 1e-6);
  EXPECT_EQ(k_down(x).sizes(), (at::IntArrayRef{2, 3, 4, 4}));
  EXPECT_EQ(fir_down(x).sizes(), (at::IntArrayRef{2, 3, 4, 4}));
  EXPECT_EQ(k_up(x).sizes(), (at::IntArrayRef{2, 3, 16, 16}));
  EXPECT_EQ(fir_up(x).sizes(), (at::IntArrayRef{2, 3, 16, 16}));
}

// The way up is 4 times the transpose of the way down: <down x, y> = <x, up y> / 4.
TEST(DiffusersLayers, TheFilterUpIsTheTransposeOfTheFilterDown) {
  const at::Tensor x = normals({1, 2, 8, 8}, 1), y = normals({1, 2, 4, 4}, 2);
  const double down = (fir_down(x) * y).sum().item<double>(), up = (x * fir_up(y)).sum().item<double>();
  EXPECT_NEAR(down, up / 4, 1e-5);
  EXPECT_GT(std::abs(down), 0.01);
}

TEST(DiffusersLayers, DownsamplingWithoutPaddingStartsAtTheFirstPixel) {
  const at::Tensor x = normals({2, 3, 6, 8}, 3);
  for (const int padding : {0, 1}) {
    Parameters p;
    const Downsample down(p, "d", 3, padding);
    put(down.conv.weight, at::zeros({3, 3, 3, 3}));
    // Picks the pixel one to the right and below the window's corner.
    for (int c = 0; c < 3; ++c) at::Tensor(down.conv.weight)[c][c][1][1] = 1;
    const at::Tensor wanted =
        padding == 1 ? x.slice(2, 0, 6, 2).slice(3, 0, 8, 2) : x.slice(2, 1, 6, 2).slice(3, 1, 8, 2);
    EXPECT_EQ(max_difference(down(x), wanted), 0);
  }
}

TEST(DiffusersLayers, UpsamplingRepeatsEveryPixelBeforeItsConvolution) {
  Parameters p;
  const Upsample up(p, "u", 1);
  put(up.conv.weight, at::zeros({1, 1, 3, 3}));
  at::Tensor(up.conv.weight).view(-1)[4] = 1;
  const at::Tensor x = normals({1, 1, 3, 2}, 4), y = up(x);
  EXPECT_EQ(y.sizes(), (at::IntArrayRef{1, 1, 6, 4}));
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 2; ++j) EXPECT_EQ(max_difference(y.slice(2, i, 6, 2).slice(3, j, 4, 2), x), 0);
}

TEST(DiffusersLayers, TimestepFeaturesAreCosAndSinOfFallingFrequencies) {
  const at::Tensor t = at::tensor({0.f, 3.f, 999.f});
  const at::Tensor f = timestep_features(t, 8, true, 0);
  const at::Tensor squares = f.square();
  EXPECT_LT((squares.slice(1, 0, 4) + squares.slice(1, 4, 8) - 1).abs().max().item<double>(), 1e-6);
  for (int i = 0; i < 4; ++i)
    EXPECT_NEAR(f[1][4 + i].item<double>(), std::sin(3 * std::pow(10000.0, -i / 4.0)), 1e-6);
  const at::Tensor flipped = timestep_features(t, 8, false, 0);
  EXPECT_EQ(max_difference(flipped.slice(1, 0, 4), f.slice(1, 4, 8)), 0);
  EXPECT_EQ(max_difference(flipped.slice(1, 4, 8), f.slice(1, 0, 4)), 0);
  // A shift by 1 stretches the frequencies so that the last is 1/10000.
  EXPECT_NEAR(timestep_features(t, 8, true, 1)[1][7].item<double>(), std::sin(3e-4), 1e-7);
  const at::Tensor odd = timestep_features(t, 9, true, 0);
  EXPECT_EQ(max_difference(odd.slice(1, 0, 8), f), 0);
  EXPECT_EQ(odd.slice(1, 8, 9).abs().max().item<double>(), 0);
}

TEST(DiffusersLayers, ANormModulatedByNothingIsAPlainNorm) {
  Parameters p;
  const AdaNorm ada(p, "a", 6, 8, 2, 1e-5);
  const at::Tensor x = normals({2, 8, 4, 4}, 5), e = normals({2, 6}, 6);
  EXPECT_LT(max_difference(ada(x, e), at::group_norm(x, 2, {}, {}, 1e-5)), 1e-6);
  // Scale 1 + s and shift b, in this order of the linear map's outputs.
  put(ada.linear.bias, at::cat({at::full({8}, 1.f), at::full({8}, 3.f)}));
  EXPECT_LT(max_difference(ada(x, e), at::group_norm(x, 2, {}, {}, 1e-5) * 2 + 3), 1e-5);
}

TEST(DiffusersLayers, GroupsThatDoNotDivideAreRefused) {
  Parameters p;
  ulam::testing::expect_error(ErrorKind::option, {"n", "6 channels", "4 groups"},
                              [&] { GroupNorm(p, "n", 6, 4, 1e-5); });
  ulam::testing::expect_error(ErrorKind::option, {"0 groups"}, [&] { GroupNorm(p, "m", 6, 0, 1e-5); });
}

struct Residual : ::testing::TestWithParam<Sampling> {};

TEST_P(Residual, WithoutItsConvolutionsIsWhatStandsBesideThem) {
  ResnetSpec s;
  s.inputs = 4;
  s.outputs = 8;
  s.embedding = 6;
  s.groups = 2;
  s.scale = 2;
  s.sampling = GetParam();
  Parameters p;
  const Resnet r(p, "r", s);
  fill_all(p);
  const at::Tensor x = normals({3, 4, 8, 8}, 7), e = normals({3, 6}, 8);
  Call skip, none;
  skip.perturbations = {{"r", Perturbation::Kind::skip, 1, at::tensor({1, 0, 1}).to(at::kBool)}};
  const at::Tensor mixed = r(x, e, layers::Run{skip}), plain = r(x, e, layers::Run{none});
  EXPECT_EQ(max_difference(mixed[1], plain[1]), 0);
  EXPECT_GT(max_difference(mixed[0], plain[0]), 0.1);
  put(r.conv2.weight, at::zeros_like(r.conv2.weight));
  put(r.conv2.bias, at::zeros_like(r.conv2.bias));
  EXPECT_LT(max_difference(r(x, e, layers::Run{none})[0], mixed[0] / 2), 1e-5);
  EXPECT_LT(max_difference(r(x, e, layers::Run{none})[2], mixed[2] / 2), 1e-5);
  const int side = GetParam() == Sampling::none                                       ? 8
                   : GetParam() == Sampling::down || GetParam() == Sampling::fir_down ? 4
                                                                                      : 16;
  EXPECT_EQ(plain.sizes(), (at::IntArrayRef{3, 8, side, side}));
}
INSTANTIATE_TEST_SUITE_P(EverySampling, Residual,
                         ::testing::Values(Sampling::none, Sampling::down, Sampling::up, Sampling::fir_down,
                                           Sampling::fir_up));

// In place activations must neither touch what the caller holds nor break gradients.
TEST(DiffusersLayers, ABlockLeavesItsInputsAloneAndHasGradients) {
  ResnetSpec s;
  s.inputs = s.outputs = 4;
  s.embedding = 6;
  s.groups = 2;
  Parameters p;
  const Resnet r(p, "r", s);
  fill_all(p);
  at::Tensor x = normals({2, 4, 4, 4}, 9), e = normals({2, 6}, 10);
  const at::Tensor x0 = x.clone(), e0 = e.clone();
  Call call;
  at::Tensor plain;
  {
    at::NoGradGuard off;
    plain = r(x, e, layers::Run{call});
  }
  EXPECT_EQ(max_difference(x, x0), 0);
  EXPECT_EQ(max_difference(e, e0), 0);
  x.requires_grad_();
  const at::Tensor y = r(x, e, layers::Run{call});
  EXPECT_LT(max_difference(y, plain), 1e-6);
  const at::Tensor direction = normals({2, 4, 4, 4}, 11);
  (y * direction).sum().backward();
  at::NoGradGuard off;
  const double step = 1e-2;
  const at::Tensor u = normals({2, 4, 4, 4}, 12);
  const double slope =
      ((r(x + step * u, e, layers::Run{call}) - r(x - step * u, e, layers::Run{call})) * direction)
          .sum()
          .item<double>() /
      (2 * step);
  EXPECT_NEAR((x.grad() * u).sum().item<double>(), slope, 2e-3 * std::abs(slope) + 2e-2);
}

TEST(DiffusersLayers, ActivationsAreTheNamedFunctions) {
  const at::Tensor x = normals({100}, 17);
  EXPECT_LT(max_difference(activate(x.clone(), Activation::silu), x * at::sigmoid(x)), 1e-6);
  EXPECT_LT(max_difference(activate(x.clone(), Activation::relu), x.clamp_min(0)), 1e-7);
  EXPECT_LT(max_difference(activate(x.clone(), Activation::mish), x * at::tanh(at::log1p(at::exp(x)))), 1e-6);
  EXPECT_LT(
      max_difference(activate(x.clone(), Activation::gelu), x * 0.5 * (1 + at::erf(x / std::sqrt(2.0)))),
      1e-6);
}

}  // namespace
}  // namespace ulam::diffusers::diffusers_layers_test
