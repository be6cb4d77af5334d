#include "ulam/guide/threshold.h"

#include "tests/errors.h"
#include <cmath>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ulam/base/error.h"

namespace ulam::threshold_test {
namespace {

using testing::expect_error;

at::Tensor apply(const PostOperation& operation, const at::Tensor& d, const ModelInfo& info = {}) {
  return operation.apply(d, d, at::zeros({d.size(0)}, at::kDouble), info);
}
PostOperationPtr threshold(double quantile, double floor = 1, double cap = 0) {
  ThresholdOptions options;
  options.quantile = quantile;
  options.floor = floor;
  options.cap = cap;
  return make_threshold(options);
}
at::Tensor wide_rows(std::int64_t rows, std::int64_t size, at::ScalarType dtype = at::kDouble) {
  const at::Tensor i = at::arange(rows * size, at::kDouble);
  return (at::sin(i * 12.9898) * 4 + at::cos(i * .731) * 2).reshape({rows, size}).to(dtype);
}

// By hand: |D| sorted is 0 1 2 4, its middle lies half way between 1 and 2, so S = 1.5.
TEST(Threshold, CutsAtTheQuantileAndScalesBack) {
  const at::Tensor d = at::tensor({-4., 0., 1., 2.}, at::kDouble).reshape({1, 4});
  const at::Tensor expected = at::tensor({-1., 0., 1 / 1.5, 1.}, at::kDouble).reshape({1, 4});
  EXPECT_LT((apply(*threshold(.5), d) - expected).abs().max().item<double>(), 1e-16);
}

TEST(Threshold, TheQuantileIsTheUsualInterpolatedOne) {
  for (const std::int64_t n : {1, 2, 7, 200, 1001})
    for (const double q : {.005, .5, .9, .995, 1.})
      for (const at::ScalarType dtype : {at::kDouble, at::kFloat}) {
        const at::Tensor d = wide_rows(5, n, dtype);
        const at::Tensor s = at::quantile(d.abs().to(at::kDouble), q, 1, true).clamp_min(1);
        const at::Tensor expected = at::minimum(at::maximum(d.to(at::kDouble), -s), s) / s;
        const double tolerance = dtype == at::kDouble ? 1e-14 : 1e-6;
        EXPECT_LT((apply(*threshold(q), d).to(at::kDouble) - expected).abs().max().item<double>(), tolerance)
            << n << " " << q;
      }
}

// An estimate that is blown up as a whole comes back to the same picture; that is what the method is for.
TEST(Threshold, TheScaleOfASaturatedRowDoesNotMatter) {
  const at::Tensor d = wide_rows(3, 400);
  const at::Tensor once = apply(*threshold(.9), d);
  EXPECT_LT((apply(*threshold(.9), d * 4) - once).abs().max().item<double>(), 1e-15);
  EXPECT_EQ(once.abs().max().item<double>(), 1);
}

TEST(Threshold, RowsWithinTheRangeKeepTheirBits) {
  const at::Tensor d = wide_rows(3, 100) / 7;
  ASSERT_LT(d.abs().max().item<double>(), 1);
  EXPECT_TRUE(at::equal(apply(*threshold(.995), d), d));
}

TEST(Threshold, RowsDoNotDependOnOneAnotherAndInputIsKept) {
  const at::Tensor d = wide_rows(6, 50).reshape({6, 2, 25}), before = d.clone();
  const at::Tensor all = apply(*threshold(.7), d);
  EXPECT_EQ(all.sizes(), d.sizes());
  for (std::int64_t r = 0; r < 6; ++r)
    EXPECT_TRUE(at::equal(apply(*threshold(.7), d.narrow(0, r, 1)), all.narrow(0, r, 1)));
  EXPECT_TRUE(at::equal(d, before));
  EXPECT_EQ(apply(*threshold(.7), d.narrow(0, 0, 0)).size(0), 0);
}

TEST(Threshold, FloorAndCapBoundTheScale) {
  const at::Tensor d = at::tensor({-8., .5, 8.}, at::kDouble).reshape({1, 3});
  const auto first = [&](const PostOperationPtr& operation) {
    return apply(*operation, d)[0][1].item<double>();
  };
  EXPECT_EQ(first(threshold(1)), .5 / 8);
  EXPECT_EQ(first(threshold(1, 16)), .5 / 16);
  EXPECT_EQ(first(threshold(1, 1, 2)), .5 / 2);
  EXPECT_EQ(apply(*threshold(1, 1, 2), d)[0][2].item<double>(), 1);
}

// Restoration models have data in [0, 1]: thresholding about 0 would darken them.
TEST(Threshold, ActsInUnitsOfTheModelsRange) {
  ModelInfo info;
  info.data_low = 0;
  info.data_high = 1;
  const at::Tensor u = wide_rows(2, 30);
  const at::Tensor expected = apply(*threshold(.9), u) * .5 + .5;
  EXPECT_LT((apply(*threshold(.9), u * .5 + .5, info) - expected).abs().max().item<double>(), 1e-15);
}

TEST(Threshold, GradientIsThatOfDifferences) {
  const at::Tensor d = wide_rows(1, 9).requires_grad_(true);
  const PostOperationPtr operation = threshold(.8);
  const at::Tensor weight = at::arange(9, at::kDouble) - 3.3;
  const auto value = [&](const at::Tensor& x) { return (apply(*operation, x) * weight).sum(); };
  value(d).backward();
  for (std::int64_t i = 0; i < 9; ++i) {
    at::Tensor step = at::zeros({1, 9}, at::kDouble);
    step[0][i] = 1e-6;
    const at::Tensor base = d.detach();
    const double slope = (value(base + step) - value(base - step)).item<double>() / 2e-6;
    EXPECT_NEAR(d.grad()[0][i].item<double>(), slope, 1e-7) << i;
  }
}

TEST(Threshold, NanSpoilsItsOwnRowOnly) {
  at::Tensor d = wide_rows(2, 10);
  d[0][3] = std::nan("");
  const at::Tensor out = apply(*threshold(.995), d);
  EXPECT_TRUE(at::isnan(out[0]).any().item<bool>());
  EXPECT_TRUE(at::isfinite(out[1]).all().item<bool>());
}

TEST(Threshold, BadOptionsAreRefused) {
  expect_error(ErrorKind::option, {"quantile = 0"}, [] { threshold(0); });
  expect_error(ErrorKind::option, {"quantile = 1.5"}, [] { threshold(1.5); });
  expect_error(ErrorKind::option, {"floor = 0"}, [] { threshold(.9, 0); });
  expect_error(ErrorKind::option, {"at least floor = 2"}, [] { threshold(.9, 2, 1); });
  expect_error(ErrorKind::option, {"cap = nan"}, [] { threshold(.9, 1, std::nan("")); });
}

}  // namespace
}  // namespace ulam::threshold_test
