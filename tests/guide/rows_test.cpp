// Broken if a row's weight reached another row, or a product mixed two rows.
#include "ulam/guide/rows.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace ulam::rows_test {
namespace {

TEST(Rows, AWeightIsSeenAndNoWeightIsNot) {
  EXPECT_FALSE(any_weight({}));
  EXPECT_FALSE(any_weight({0, 0}));
  EXPECT_TRUE(any_weight({0, -1e-9}));
}

TEST(Rows, WeightsMultiplyTheirOwnRow) {
  for (const at::ScalarType dtype : {at::kFloat, at::kDouble}) {
    const at::Tensor x = at::ones({2, 3, 4}, dtype), y = x * wide({2, -3}, x);
    EXPECT_EQ(y.scalar_type(), dtype);
    EXPECT_TRUE(y[0].eq(2).all().item<bool>());
    EXPECT_TRUE(y[1].eq(-3).all().item<bool>());
  }
}

TEST(Rows, ProductsAreOfRows) {
  const at::Tensor a = at::arange(12, at::kDouble).view({2, 2, 3}), d = row_dots(a, at::ones_like(a) * 2);
  ASSERT_EQ(d.sizes(), (at::IntArrayRef{2, 1, 1}));
  EXPECT_DOUBLE_EQ(d[0].item<double>(), 2 * (0 + 1 + 2 + 3 + 4 + 5));
  EXPECT_DOUBLE_EQ(d[1].item<double>(), 2 * (6 + 7 + 8 + 9 + 10 + 11));
}

}  // namespace
}  // namespace ulam::rows_test
