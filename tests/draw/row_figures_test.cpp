// Figures of rows: right, and the same bits in any company.
#include "ulam/draw/row_figures.h"

#include "tests/errors.h"
#include <cmath>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace ulam::row_figures_test {
namespace {

at::Tensor numbers(at::ScalarType dtype) {
  return at::arange(7 * 37, at::kDouble).mul(1.7).sin().reshape({7, 37}).to(dtype);
}

TEST(RowFigures, VariancesAreUnbiasedAndOfOneRowEach) {
  for (at::ScalarType dtype : {at::kDouble, at::kFloat}) {
    const at::Tensor x = numbers(dtype);
    const std::vector<double> found = row_variances(x.reshape({7, 1, 37}));
    const at::Tensor want = x.to(at::kDouble).var(1);
    for (int r = 0; r < 7; ++r)
      EXPECT_NEAR(found[static_cast<std::size_t>(r)], want[r].item<double>(), 1e-14);
  }
}

TEST(RowFigures, ARowHasTheSameBitsAloneAndAmongOthers) {
  const at::Tensor x = numbers(at::kFloat), y = x.cos(), z = x * 2;
  const std::vector<double> variances = row_variances(x), errors = row_errors(x, y, z, .01, .1);
  for (int r = 0; r < 7; ++r) {
    const auto row = [&](const at::Tensor& t) { return t.narrow(0, r, 1); };
    EXPECT_EQ(row_variances(row(x))[0], variances[static_cast<std::size_t>(r)]);
    EXPECT_EQ(row_errors(row(x), row(y), row(z), .01, .1)[0], errors[static_cast<std::size_t>(r)]);
  }
}

TEST(RowFigures, ErrorsAreMeasuredInTolerances) {
  const at::Tensor a = at::tensor({1., 2.}, at::kDouble).reshape({1, 2});
  const at::Tensor b = at::tensor({1., 1.}, at::kDouble).reshape({1, 2});
  const at::Tensor c = at::tensor({0., -4.}, at::kDouble).reshape({1, 2});
  EXPECT_NEAR(row_errors(a, b, c, .1, .5)[0], std::sqrt(.5) * 1 / 2, 1e-15);
  EXPECT_NEAR(row_errors(a, b, c, 10, .5)[0], std::sqrt(.5) * 1 / 10, 1e-15);
}

TEST(RowFigures, ARowOfOneNumberHasNoVariance) {
  testing::expect_error(ErrorKind::unsupported, {"no variance"}, [] {
    row_variances(at::zeros({2, 1}, at::kDouble));
  });
  EXPECT_TRUE(row_variances(at::zeros({0, 5}, at::kDouble)).empty());
}

}  // namespace
}  // namespace ulam::row_figures_test
