#include "ulam/model/layers.h"

#include "tests/model/support.h"

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "ulam/base/error.h"

namespace ulam::layers::layers_test {
namespace {

TEST(Layers, SwishInPlaceEqualsSwish) {
  const at::Tensor x = test::normals({50}, 1);
  at::NoGradGuard no_grad;
  EXPECT_TRUE(at::equal(swish(x.clone()), at::silu(x)));
}

TEST(Layers, FourierFeaturesTellNoiseLevelsApart) {
  const at::Tensor f = fourier_features(at::linspace(-1.55, 1.1, 200), 32);
  EXPECT_EQ(f.sizes(), (at::IntArrayRef{200, 32}));
  // Neighbouring levels differ, and no two levels share their features.
  const at::Tensor gram = (f.unsqueeze(0) - f.unsqueeze(1)).norm(2, {2}) + at::eye(200) * 10;
  EXPECT_GT(gram.min().item<double>(), 0.05);
}

TEST(Layers, AResidualBlockStartsAsItsShortcut) {
  Parameters p;
  ResBlock block(p, "b", 8, 8, 0, 4);
  p.initialise(1);
  Call call;
  const at::Tensor x = test::normals({2, 8, 4, 4}, 1);
  EXPECT_TRUE(at::equal(block(x, {}, layers::Run{call}), x));
}

TEST(Layers, AttentionStartsAsTheIdentityAndThenMixesPositions) {
  Parameters p;
  Attention attention(p, "a", 8, 2, 4);
  p.initialise(1);
  Call call;
  at::Tensor x = test::normals({1, 8, 4, 4}, 1);
  EXPECT_TRUE(at::equal(attention(x, layers::Run{call}), x));
  at::Tensor(attention.out.weight).fill_(0.1);
  const at::Tensor before = attention(x, layers::Run{call});
  at::Tensor moved = x.clone();
  moved[0].select(1, 0).select(1, 0).add_(3);
  EXPECT_GT(test::max_difference(attention(moved, layers::Run{call})[0].select(1, 3).select(1, 3),
                                 before[0].select(1, 3).select(1, 3)),
            1e-4);
}

// Under identity attention the layer is a map of each position by itself (given the normalisation), as PAG
// needs it.
TEST(Layers, IdentityAttentionUsesTheValuesOfThePositionAlone) {
  Parameters p;
  Attention attention(p, "a", 8, 2, 4);
  p.initialise(1);
  at::Tensor(attention.out.weight).copy_(test::normals({8, 8, 1, 1}, 3));
  Call call;
  call.perturbations = {{"a", Perturbation::Kind::identity_attention, 1, {}}};
  const at::Tensor x = test::normals({1, 8, 4, 4}, 1);
  const at::Tensor values = attention.qkv(attention.norm(x), layers::Run{call}).chunk(3, 1)[2];
  EXPECT_LT(
      test::max_difference(attention(x, layers::Run{call}), x + attention.out(values, layers::Run{call})),
      1e-5);
}

TEST(Layers, RowMasksOfTheWrongLengthAreRefused) {
  Perturbation p;
  p.module = "m";
  p.rows = at::ones({3}, at::kBool);
  EXPECT_THROW(mix_rows(p, at::zeros({2, 1}), at::ones({2, 1})), Error);
}

}  // namespace
}  // namespace ulam::layers::layers_test
