// Guided windows: off is off, levels spread, scales follow, closed forms of a Gaussian; gaps and horizons.
#include "ulam/run/forecast.h"

#include "tests/errors.h"
#include "tests/guide/gaussian_window.h"
#include <limits>

#include <gtest/gtest.h>

#include "ulam/draw/draw.h"

namespace ulam::forecast_test {
namespace {

using testing::expect_error;
constexpr double none = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t length = 8;

SeriesModel gaussian(Prediction kind = Prediction::noise) {
  SeriesModel m;
  m.model = std::make_shared<test::GaussianWindow>(test::ar1_covariance(length, .8), kind);
  m.window.length = length;
  m.window.horizon = 2;
  return m;
}

/// Observed at the even times but the last two.
at::Tensor half_seen() {
  return at::tensor({1., none, .5, none, 1.5, none, none, none}, at::kDouble).view({1, length});
}

WindowOptions options(const std::string& guide, std::int64_t paths = 50) {
  WindowOptions o;
  o.guide = guide;
  o.paths = paths;
  return o;
}

at::Tensor drawn(const at::Tensor& observed, const WindowOptions& o, const SeriesModel& model = gaussian()) {
  Spent spent;
  return draw_windows(model, observed, o, {}, spent);
}

TEST(Forecast, WithoutScaleTheChainIsTheUnconditionalOneBitForBit) {
  EXPECT_TRUE(at::equal(drawn(half_seen(), options("observe:scale=0")), drawn(half_seen(), options(""))));
  const at::Tensor nothing = at::full({1, length}, none, at::kDouble);
  EXPECT_TRUE(at::equal(drawn(nothing, options("observe")), drawn(nothing, options(""))));
}

TEST(Forecast, WindowsDoNotDependOnOneAnother) {
  const at::Tensor one = half_seen(), other = one * 3 + 1, both = at::cat({one, other});
  EXPECT_LT((drawn(both, options("observe", 5))[0] - drawn(one, options("observe", 5))[0])
                .abs()
                .max()
                .item<double>(),
            1e-12);
}

TEST(Forecast, ScalingTheInputScalesTheOutput) {
  EXPECT_TRUE(at::equal(drawn(half_seen() * 4, options("observe", 5)),
                        drawn(half_seen(), options("observe", 5)) * 4));
}

TEST(Forecast, CostsOneEvaluationAStepAndPath) {
  Spent spent;
  WindowOptions o = options("observe", 7);
  o.steps = 10;
  draw_windows(gaussian(), half_seen(), o, {}, spent);
  EXPECT_EQ(spent.evaluations, 70);
}

// Rows by rising level lie above what was observed more and more often.
TEST(Forecast, StatisticalCoverageRisesWithTheLevel) {
  const std::int64_t windows = 80, paths = 9;
  SeriesModel model = gaussian();
  at::Tensor observed = half_seen().repeat({windows, 1});
  const at::Tensor x = drawn(observed, options("observe:scale=4", paths), model);
  const at::Tensor above = x.ge(observed.unsqueeze(1)).to(at::kDouble);
  double last = -1;
  for (const std::int64_t level : {0, 4, 8}) {
    at::Tensor seen = at::stack({above.select(1, level).select(1, 0), above.select(1, level).select(1, 2),
                                 above.select(1, level).select(1, 4)});
    const double share = seen.mean().item<double>();
    EXPECT_GT(share, last + .1) << level;
    last = share;
  }
}

/// Mean and covariance of the square-loss chain, propagated step by step: it is linear.
struct Law {
  at::Tensor mean, covariance;
};
Law exact_law(const SeriesModel& model, const at::Tensor& observed, double scale) {
  const auto& gauss = dynamic_cast<const test::GaussianWindow&>(*model.model);
  const Path& path = gauss.info().path;
  const at::Tensor i = at::eye(length, at::kDouble),
                   mask = at::diag(observed.isnan().logical_not().to(at::kDouble));
  const at::Tensor y = at::nan_to_num(observed, 0);
  Law law{at::zeros({length}, at::kDouble), i.clone()};
  const int steps = path.table_size();
  for (int n = steps - 1; n >= 0; --n) {
    const Marginal from = path.at(n), to = path.at(n - 1);
    // Posterior q(x_to | x_from, x0) = N(of_d D + of_x x, variance).
    const double alpha = from.a / to.a, beta = 1 - alpha * alpha,
                 variance = beta * to.s * to.s / (from.s * from.s);
    const at::Tensor d = gauss.matrix(from);
    const at::Tensor pull = d.t().matmul(mask).matmul(d) * (2 * scale * variance);
    const at::Tensor map =
        d * (to.a * beta / (from.s * from.s)) + i * (alpha * to.s * to.s / (from.s * from.s)) - pull;
    law.mean = map.matmul(law.mean) + d.t().matmul(mask).matmul(y) * (2 * scale * variance);
    law.covariance = map.matmul(law.covariance).matmul(map.t()) + i * variance;
  }
  // The start has the deviation s of the path's last entry.
  return law;
}

// The guided chain on a Gaussian is linear: mean and covariance of the draws are the propagated ones; and the
// guided mean leans to the exact conditional mean by tens of per cent, which it is not.
TEST(Forecast, StatisticalTheGuidedGaussianChainHasItsExactLaw) {
  SeriesModel model = gaussian(Prediction::data);
  at::Tensor observed = half_seen();
  const std::int64_t rows = 4000;
  WindowOptions o = options("observe:loss=square,scale=1", rows);
  const SeriesScale scale = scale_of(observed.unsqueeze(1), model.window.scaling);
  const at::Tensor unit = scale.to_unit(observed.unsqueeze(1)).view({length});
  const at::Tensor x = scale.to_unit(drawn(observed, o, model)).view({rows, length});
  const Law law = exact_law(model, unit, 1);
  const at::Tensor deviation = law.covariance.diag().sqrt();
  EXPECT_LT(((x.mean(0) - law.mean) / deviation).abs().max().item<double>(), 5 / std::sqrt(rows));
  EXPECT_LT((x.var(0) / law.covariance.diag() - 1).abs().max().item<double>(), 5 * std::sqrt(2. / rows));
  // Kriging: C_ta C_aa^-1 y.
  const at::Tensor c = test::ar1_covariance(length, .8), seen = at::tensor({0, 2, 4}, at::kLong);
  const at::Tensor exact = c.index_select(1, seen)
                               .matmul(at::inverse(c.index_select(0, seen).index_select(1, seen)))
                               .matmul(unit.index_select(0, seen));
  for (const int t : {6, 7}) {
    const double ratio = law.mean[t].item<double>() / exact[t].item<double>();
    EXPECT_GT(ratio, .5) << t;
    EXPECT_LT(ratio, 1.3) << t;
  }
}

TEST(Forecast, QuantilesInterpolateOrderStatistics) {
  const at::Tensor paths = at::tensor({3., 1., 2.}, at::kDouble).view({1, 3, 1});
  const at::Tensor q = quantiles_of(paths, {.01, .25, .375, .5, .99}).view({5});
  EXPECT_TRUE(at::allclose(q, at::tensor({1., 1., 1.5, 2., 3.}, at::kDouble)));
  expect_error(ErrorKind::option, {"level 1"}, [&] { quantiles_of(paths, {1}); });
}

TEST(Forecast, WindowsEndInTheHorizonAndShortSeriesAreFilledUp) {
  const at::Tensor y = at::arange(10, at::kDouble).view({1, 10});
  const at::Tensor w = forecast_windows(y, 3, 8);
  EXPECT_TRUE(at::equal(w[0].narrow(0, 0, 5), y[0].narrow(0, 5, 5)));
  EXPECT_TRUE(w[0].narrow(0, 5, 3).isnan().all().item<bool>());
  const at::Tensor s = forecast_windows(y.narrow(1, 0, 2), 3, 8);
  EXPECT_EQ(s.isnan().sum().item<std::int64_t>(), 6);
  EXPECT_EQ(s[0][4].item<double>(), 1);
  expect_error(ErrorKind::option, {"horizon of 5", "1 to 4"}, [&] { forecast_windows(y, 5, 8); });
  expect_error(ErrorKind::option, {"horizon of 0"}, [&] { forecast_windows(y, 0, 8); });
}

// Only gaps are drawn, also in series longer than a window, and shorter ones.
TEST(Forecast, ImputationKeepsWhatIsThere) {
  for (const std::int64_t times : {5, 8, 40}) {
    at::Tensor y = at::sin(at::arange(2 * times, at::kDouble) * .5).view({2, times});
    y[0][1] = none, y[0][times - 1] = none;
    if (times > 30)
      for (int i = 12; i < 28; ++i) y[0][i] = none;
    Spent spent;
    const at::Tensor x = impute(gaussian(), y, options("observe", 4), {}, spent);
    EXPECT_EQ(x.sizes(), (at::IntArrayRef{2, 4, times}));
    EXPECT_TRUE(x.isfinite().all().item<bool>()) << times;
    const at::Tensor known = y.isnan().logical_not();
    for (int p = 0; p < 4; ++p)
      EXPECT_TRUE(at::equal(x.select(1, p).masked_select(known), y.masked_select(known))) << times;
    EXPECT_NE(x[0][0][1].item<double>(), x[0][3][1].item<double>());
  }
}

TEST(Forecast, SeriesWithoutGapsCostNothing) {
  Spent spent;
  impute(gaussian(), at::ones({2, 20}, at::kDouble), options("observe"), {}, spent);
  EXPECT_EQ(spent.evaluations, 0);
}

TEST(Forecast, OddRequestsAreRefused) {
  expect_error(ErrorKind::shape, {"[1, 5]", "[n, 8]"}, [] {
    drawn(at::ones({1, 5}, at::kDouble), options("observe"));
  });
  expect_error(ErrorKind::option, {"0 paths"}, [] { drawn(half_seen(), options("observe", 0)); });
  expect_error(ErrorKind::numeric, {"infinity"}, [] { drawn(half_seen() / 0., options("observe")); });
  expect_error(ErrorKind::unsupported, {"gaussian window", "trained model"},
               [] { series_model(gaussian().model); });
}

}  // namespace
}  // namespace ulam::forecast_test
