// Backtests look only at the past, and scores have known values.
#include "ulam/run/forecast_score.h"

#include "tests/errors.h"
#include <limits>

#include <gtest/gtest.h>

#include "ulam/problems/series.h"

namespace ulam::forecast_score_test {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

SeriesTable ramp() {
  return {at::stack({at::arange(20, at::kDouble), at::arange(20, at::kDouble) * 10}), {"a", "b"}, "ramp.csv"};
}

TEST(Backtest, ContextsEndWhereTruthsBegin) {
  const Backtest test = backtest(ramp(), 8, 3, 2);
  ASSERT_EQ(test.truth.size(0), 4);
  EXPECT_TRUE(at::equal(test.truth[0], at::tensor({14., 15., 16.}, at::kDouble)));
  EXPECT_TRUE(at::equal(test.windows[0].narrow(0, 0, 5), at::tensor({9., 10., 11., 12., 13.}, at::kDouble)));
  EXPECT_TRUE(test.windows[0].narrow(0, 5, 3).isnan().all().item<bool>());
  EXPECT_TRUE(at::equal(test.truth[1], at::tensor({17., 18., 19.}, at::kDouble)));
  EXPECT_EQ(test.series[3], "b");
  EXPECT_DOUBLE_EQ(test.unit[0].item<double>(), 16.5);
  EXPECT_DOUBLE_EQ(test.unit[2].item<double>(), 165);
}

TEST(Backtest, CasesCanLieApart) {
  const Backtest test = backtest(ramp(), 8, 3, 2, 5);
  EXPECT_TRUE(at::equal(test.truth[0], at::tensor({12., 13., 14.}, at::kDouble)));
  EXPECT_TRUE(at::equal(test.truth[1], at::tensor({17., 18., 19.}, at::kDouble)));
}

TEST(Backtest, CasesWithAGapInTheTruthAreLeftOut) {
  SeriesTable table = ramp();
  table.values[0][18] = none;
  EXPECT_EQ(backtest(table, 8, 3, 2).truth.size(0), 3);
  table.values.fill_(none);
  testing::expect_error(ErrorKind::file, {"ramp.csv", "horizons of 3"}, [&] { backtest(table, 8, 3, 2); });
  testing::expect_error(ErrorKind::option, {"0 cases"}, [] { backtest(ramp(), 8, 3, 0); });
}

// A forecast that is right scores 0; one that is off by a tenth of the mean scores a tenth.
TEST(ForecastScore, IsInUnitsOfTheSeries) {
  const Backtest test = backtest(ramp(), 8, 3, 2);
  EXPECT_EQ(score_forecast("x", test, test.truth.unsqueeze(1)).figures[0].value, 0);
  const at::Tensor off = (test.truth + test.unit.view({-1, 1}) * .1).unsqueeze(1);
  EXPECT_NEAR(score_forecast("x", test, off).figures[0].value, .1, 1e-12);
  EXPECT_EQ(score_forecast("x", test, off).figures.size(), 1u);
  EXPECT_EQ(score_forecast("x", test, off.expand({4, 19, 3})).figures.size(), 3u);
  testing::expect_error(ErrorKind::shape, {"[4, 1, 2]"},
                        [&] { score_forecast("x", test, off.narrow(2, 0, 2)); });
}

TEST(ForecastScore, TheLinearBaselineBeatsTheNaiveOneOnASineWithNoise) {
  const SeriesTable table{generate_series({"sine", 3}, 0, 3, 800).to(at::kDouble), {"a", "b", "c"}, "sine"};
  const Backtest test = backtest(table, 96, 12, 10);
  const auto scores =
      score_baselines(test, training_windows(table, 96, .8, 5000), 24, SeriesScaling::mean, 50);
  ASSERT_EQ(scores.size(), 2u);
  EXPECT_EQ(scores[0].name, "seasonal naive (24)");
  EXPECT_LT(scores[1].figures[0].value, .8 * scores[0].figures[0].value);
}

TEST(TrainingWindows, AreCompleteAndOfThePast) {
  SeriesTable table = ramp();
  table.values[0][5] = none;
  const at::Tensor w = training_windows(table, 8, .5, 100);
  EXPECT_EQ(w.size(0), 3);  // of b alone: 10 values, windows of 8
  EXPECT_EQ(w.max().item<double>(), 90);
  EXPECT_EQ(training_windows(table, 8, .1, 100).size(0), 0);
  EXPECT_EQ(training_windows(table, 8, 1, 4).size(0), 4);
}

}  // namespace
}  // namespace ulam::forecast_score_test
