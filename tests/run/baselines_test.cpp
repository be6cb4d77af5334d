// Plain forecasts against answers that are known.
#include "ulam/run/baselines.h"

#include "tests/errors.h"
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "ulam/problems/series.h"

namespace ulam::baselines_test {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

TEST(Baselines, GapsAreBridgedByLines) {
  const at::Tensor y =
      at::tensor({none, 1., none, none, 4., none, none, none, none, none, none, none}, at::kDouble)
          .view({2, 6});
  const at::Tensor expected =
      at::tensor({1., 1., 2., 3., 4., 4., 0., 0., 0., 0., 0., 0.}, at::kDouble).view({2, 6});
  EXPECT_TRUE(at::equal(bridged(y), expected));
}

TEST(Baselines, TheSeasonOfASineIsItsPeriod) {
  EXPECT_EQ(season_of(generate_series({"sine", 1}, 0, 5, 400), 96), 24);
  EXPECT_EQ(season_of(at::arange(100, at::kDouble).view({1, 100}), 40), 1);  // a ramp has none
  EXPECT_EQ(season_of(at::ones({1, 3}, at::kDouble), 40), 1);
}

TEST(Baselines, SeasonalNaiveRepeatsTheLastSeason) {
  const at::Tensor y = at::tensor({1., 2., 3., 4., none, 6.}, at::kDouble).view({1, 6});
  EXPECT_TRUE(at::equal(seasonal_naive(y, 5, 3), at::tensor({4., 2., 6., 4., 2.}, at::kDouble).view({1, 5})));
  testing::expect_error(ErrorKind::option, {"7", "1..6"}, [&] { seasonal_naive(y, 5, 7); });
}

// An autoregression of order 1 is forecast by f^h times the last value, and no better.
TEST(Baselines, StatisticalTheLinearForecastFindsAnAutoregression) {
  const at::Tensor y = generate_series({"sine", 4}, 0, 4000, 60);
  const LinearForecaster linear(y.narrow(0, 0, 3000), 12, SeriesScaling::mean, 1e-4);
  const at::Tensor test = y.narrow(0, 3000, 1000).to(at::kDouble);
  const at::Tensor error = linear.mean(test.narrow(1, 0, 48)) - test.narrow(1, 48, 12);
  // The best possible error at horizon h has variance sigma^2 (1 - f^2h); phase and level are known but for
  // little.
  for (const int h : {1, 12}) {
    const double f = SineSeries::coefficient,
                 best = SineSeries::deviation * std::sqrt(1 - std::pow(f, 2 * h));
    const double found = error.select(1, h - 1).square().mean().sqrt().item<double>();
    EXPECT_GT(found, .9 * best) << h;
    EXPECT_LT(found, 1.25 * best) << h;
  }
}

TEST(Baselines, PathsSpreadAsTheResidualsDo) {
  const at::Tensor y = generate_series({"sine", 5}, 0, 2000, 60);
  const LinearForecaster linear(y, 12, SeriesScaling::mean);
  const at::Tensor context = y.narrow(0, 0, 3).narrow(1, 0, 48), paths = linear.paths(context, 500);
  EXPECT_EQ(paths.sizes(), (at::IntArrayRef{3, 500, 12}));
  EXPECT_LT((paths.mean(1) - linear.mean(context)).abs().max().item<double>(), .1);
  EXPECT_NEAR(paths.std(1).select(1, 11).mean().item<double>(), SineSeries::deviation, .1);
}

// Rescaling the input rescales the output.
TEST(Baselines, TheLinearForecastFollowsTheScale) {
  const at::Tensor y = generate_series({"sine", 6}, 0, 300, 60);
  const LinearForecaster linear(y, 12, SeriesScaling::standard);
  const at::Tensor context = y.narrow(1, 0, 48).to(at::kDouble);
  EXPECT_TRUE(at::allclose(linear.mean(context * 8), linear.mean(context) * 8, 1e-12));
}

TEST(Baselines, OddWindowsAreRefused) {
  testing::expect_error(ErrorKind::shape, {"[5, 4]", "horizon of 4"}, [] {
    LinearForecaster(at::ones({5, 4}), 4, SeriesScaling::mean);
  });
  testing::expect_error(ErrorKind::numeric, {"NaN"}, [] {
    LinearForecaster(at::full({5, 6}, none), 2, SeriesScaling::mean);
  });
}

}  // namespace
}  // namespace ulam::baselines_test
