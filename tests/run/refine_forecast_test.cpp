// Refinement: stationary laws of the Langevin steps, limits in lambda, the rule of the time.
#include "ulam/run/refine_forecast.h"

#include "tests/errors.h"
#include "tests/guide/gaussian_window.h"
#include <limits>

#include <gtest/gtest.h>

namespace ulam::refine_forecast_test {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t length = 8;

SeriesModel gaussian() {
  SeriesModel m;
  m.model = std::make_shared<test::GaussianWindow>(test::ar1_covariance(length, .9), Prediction::noise);
  m.window.length = length;
  return m;
}

at::Tensor observed() {
  return at::tensor({1., 1.2, .9, 1.1, 1., none, none, none}, at::kDouble).view({1, length});
}

at::Tensor refined(const ForecastRefineOptions& o, const at::Tensor& base) {
  Spent spent;
  return refine_forecast(gaussian(), base, observed(), 30, o, {}, spent);
}

// E = |y|^2 / 2v: the steps are an autoregression with variance v / (1 - eta / 2v), times gamma^2.
TEST(Refine, StatisticalLangevinHasItsStationaryVariance) {
  constexpr double v = .5;
  constexpr std::int64_t rows = 20000;
  for (const double temper : {1., .1}) {
    ForecastRefineOptions o;
    o.iterations = 100;
    o.temper = temper;
    const at::Tensor y = langevin(
        at::zeros({rows, 1, 1}, at::kDouble), [](const at::Tensor& x, int) { return x / v; }, o);
    const double expected = temper * temper * v / (1 - o.step / (2 * v));
    EXPECT_NEAR(y.var().item<double>() / expected, 1, 5 * std::sqrt(2. / rows)) << temper;
  }
}

TEST(Refine, NoIterationsGiveTheBaseForecastSorted) {
  ForecastRefineOptions o;
  o.iterations = 0;
  at::Tensor base =
      base_windows(observed(), at::tensor({3., 1., 2.}, at::kDouble).view({1, 3, 1}).expand({1, 3, 3}), 3);
  const at::Tensor out = refined(o, base);
  EXPECT_TRUE(at::allclose(out, std::get<0>(base.sort(1)), 1e-12));
  EXPECT_EQ(out[0][0][7].item<double>(), 1);
  EXPECT_EQ(out[0][2][7].item<double>(), 3);
}

TEST(Refine, WithALargeLambdaItStaysAtTheBase) {
  ForecastRefineOptions o;
  o.method = ForecastRefineOptions::Method::likelihood;
  o.loss = ForecastRefineOptions::Loss::square;
  o.iterations = 300;
  const at::Tensor base = base_windows(observed(), at::tensor({4., -4., 4.}, at::kDouble).view({1, 3}), 2);
  o.lambda = 100, o.step = 1e-3;
  EXPECT_LT((refined(o, base) - base).abs().max().item<double>(), .1);
  o.lambda = 0;
  EXPECT_GT((refined(o, base) - base).abs().max().item<double>(), 1);
}

// The prior knows that neighbours are near: a base that jumps is drawn to its context.
TEST(Refine, AJumpIsSmoothed) {
  ForecastRefineOptions o;
  const at::Tensor base = base_windows(observed(), at::tensor({4., -4., 4.}, at::kDouble).view({1, 3}), 4);
  const at::Tensor out = refined(o, base);
  const auto rough = [](const at::Tensor& y) { return y.diff(1, 2).square().mean().item<double>(); };
  EXPECT_LT(rough(out), .5 * rough(base));
}

TEST(Refine, CostsAnEvaluationAPathAndIteration) {
  Spent spent;
  ForecastRefineOptions o;
  o.iterations = 3;
  refine_forecast(gaussian(), base_windows(observed(), at::ones({1, 3}, at::kDouble), 5), observed(), 30, o,
                  {}, spent);
  EXPECT_EQ(spent.evaluations, 15);
}

TEST(Refine, TheTimeIsThatOfTheLossNearestToTheMean) {
  EXPECT_EQ(nearest_to_mean({10, 4, 1, 0, 0}), 1u);  // mean 3
  EXPECT_EQ(nearest_to_mean({5}), 0u);
  // On a Gaussian the losses fall with the noise; the rule gives a time between the ends.
  Spent spent;
  const double t =
      representative_time(gaussian(), at::sin(at::arange(40, at::kDouble)).view({5, 8}), 0, 0, {}, spent);
  EXPECT_GT(t, 0);
  EXPECT_LT(t, 99);
  EXPECT_EQ(spent.evaluations, 5 * 100);
}

TEST(Refine, OddBasesAreRefused) {
  using testing::expect_error;
  ForecastRefineOptions o;
  expect_error(ErrorKind::shape, {"[1, 2]"}, [] {
    base_windows(observed().narrow(1, 0, 1), at::ones({1, 2}), 3);
  });
  expect_error(ErrorKind::numeric, {"NaN"}, [&] { refined(o, at::full({1, 2, length}, none, at::kDouble)); });
  expect_error(ErrorKind::shape, {"[1, 2, 5]"}, [&] { refined(o, at::ones({1, 2, 5}, at::kDouble)); });
  o.step = 1e9;
  o.loss = ForecastRefineOptions::Loss::square;
  o.iterations = 60;
  expect_error(ErrorKind::numeric, {"finite", "smaller step"}, [&] {
    refined(o, base_windows(observed(), at::ones({1, 3}, at::kDouble), 2));
  });
  o.step = 0;
  expect_error(ErrorKind::option, {"step 0"}, [&] { refined(o, at::ones({1, 2, length}, at::kDouble)); });
}

}  // namespace
}  // namespace ulam::refine_forecast_test
