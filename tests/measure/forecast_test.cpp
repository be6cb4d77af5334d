#include "ulam/measure/forecast.h"

#include "tests/errors.h"
#include <algorithm>
#include <cmath>
#include <numbers>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/base/key.h"
#include "ulam/kernels/normal.h"
#include "ulam/measure/resample.h"

namespace ulam::forecast_test {
namespace {

std::vector<double> normals(std::size_t n, std::uint64_t id) {
  std::vector<double> out(n);
  kernels::fill_normal({make_key(13, Stream::test), id, 0}, 0, std::span<double>(out));
  return out;
}

/// CRPS of N(0, 1) (Gneiting & Raftery 2007, eq. 21 and after).
double normal_crps(double y) {
  const double density = std::exp(-y * y / 2) / std::sqrt(2 * std::numbers::pi);
  const double below = std::erfc(-y / std::numbers::sqrt2) / 2;
  return y * (2 * below - 1) + 2 * density - 1 / std::sqrt(std::numbers::pi);
}

// The sorted formula against the double sum of the definition.
TEST(Forecast, EnsembleScoreIsItsDefinition) {
  const std::vector<double> x = normals(23, 1);
  for (const double y : {-3., 0.1, x[4], 10.}) {
    double distance = 0, pairs = 0;
    for (const double a : x) {
      distance += std::abs(a - y) / 23;
      for (const double b : x) pairs += std::abs(a - b);
    }
    EXPECT_NEAR(crps_ensemble(x, y, false), distance - pairs / (2 * 23 * 23), 1e-13);
    EXPECT_NEAR(crps_ensemble(x, y, true), distance - pairs / (2 * 23 * 22), 1e-13);
  }
}

TEST(Forecast, OneMemberScoresItsAbsoluteError) {
  EXPECT_DOUBLE_EQ(crps_ensemble(std::vector<double>{2.5}, 4, false), 1.5);
  EXPECT_DOUBLE_EQ(crps_ensemble(std::vector<double>{4, 4, 4}, 4, true), 0);
  EXPECT_THROW(crps_ensemble(std::vector<double>{2.5}, 4, true), Error);
}

// Far from 0 the sum over ranks must not cancel away the score.
TEST(Forecast, ALargeOffsetChangesNothing) {
  std::vector<double> x = normals(50, 2);
  const double there = crps_ensemble(x, .3);
  for (double& v : x) v += 1e9;
  EXPECT_NEAR(crps_ensemble(x, 1e9 + .3), there, 1e-6);
}

// Closed form of a normal forecast. Statistical: 100,000 members, 5 sigma of a mean of |x - y|.
TEST(Forecast, StatisticalBigEnsembleHasTheNormalScore) {
  const std::vector<double> x = normals(100000, 3);
  for (const double y : {0., 1., -2.5}) EXPECT_NEAR(crps_ensemble(x, y), normal_crps(y), 5 / std::sqrt(1e5));
}

// Fair scores of small ensembles have the mean of infinite ones; standard scores are too large by
// E|x - x'| / 2m. Statistical.
TEST(Forecast, StatisticalFairIsUnbiasedWhereStandardIsNot) {
  std::vector<double> fair, standard;
  for (std::uint64_t r = 0; r < 20000; ++r) {
    const std::vector<double> x = normals(4, 100 + r);
    fair.push_back(crps_ensemble(x, .5, true));
    standard.push_back(crps_ensemble(x, .5, false));
  }
  const Mean f = mean_of(fair), s = mean_of(standard);
  EXPECT_NEAR(f.value, normal_crps(.5), 5 * f.error);
  EXPECT_NEAR(s.value, normal_crps(.5) + 2 / std::sqrt(std::numbers::pi) / 8, 5 * s.error);
}

// Quantiles at (i - 1/2) / m are the ensemble: the midpoint rule is then the standard score exactly.
TEST(Forecast, QuantilesOfAnEnsembleScoreAsTheEnsemble) {
  std::vector<double> x = normals(40, 4), levels;
  std::sort(x.begin(), x.end());
  for (std::size_t i = 0; i < x.size(); ++i) levels.push_back((static_cast<double>(i) + .5) / 40);
  for (const double y : {-4., .2, 3.})
    EXPECT_NEAR(crps_quantiles(levels, x, y), crps_ensemble(x, y, false), 1e-12);
}

TEST(Forecast, BadQuantilesAreRefused) {
  const std::vector<double> falling = {.5, .2}, levels = {.2, .5}, values = {1, 2}, crossed = {2, 1};
  EXPECT_THROW(crps_quantiles(falling, values, 0), Error);
  EXPECT_THROW(crps_quantiles(levels, crossed, 0), Error);
  EXPECT_THROW(crps_quantiles(levels, std::vector<double>{1}, 0), Error);
  EXPECT_THROW(crps_quantiles(std::vector<double>{0., .5}, values, 0), Error);
  EXPECT_THROW(crps_quantiles(std::vector<double>{}, std::vector<double>{}, 0), Error);
  EXPECT_THROW(crps_quantiles(levels, values, std::nan("")), Error);
}

TEST(Forecast, IntervalsEndAtWholeRanks) {
  std::vector<double> x;
  for (int i = 19; i >= 1; --i) x.push_back(i);  // ranks i / 20
  const Interval ninety = central_interval(x, .9);
  EXPECT_NEAR(ninety.low, 1, 1e-12);
  EXPECT_NEAR(ninety.high, 19, 1e-12);
  const Interval half = central_interval(x, .5);
  EXPECT_NEAR(half.low, 5, 1e-12);
  EXPECT_NEAR(half.high, 15, 1e-12);
  EXPECT_NEAR(central_interval(x, .45).low, 5.5, 1e-12);
}

// A truth that is one more member falls inside 90 % of the time although there are only 19. Statistical.
TEST(Forecast, StatisticalCoverageOfAMemberLikeTruthIsTheLevel) {
  const at::Tensor all = at::empty({20000, 20}, at::kDouble);
  const std::vector<double> z = normals(400000, 5);
  std::copy(z.begin(), z.end(), all.data_ptr<double>());
  const Figure f = interval_coverage(all.narrow(1, 0, 19), all.select(1, 19), .9);
  EXPECT_EQ(f.name, "coverage90");
  EXPECT_NEAR(f.value, .9, 5 * f.error);
  EXPECT_NEAR(f.error, std::sqrt(.09 / 20000), 1e-4);
  const Figure too_narrow = interval_coverage(all.narrow(1, 0, 19) / 2, all.select(1, 19), .9);
  EXPECT_LT(too_narrow.value, .7);
  const Figure width = interval_width(all.narrow(1, 0, 19), all.select(1, 19), .9);
  EXPECT_EQ(width.name, "width90");
  // Between the largest and the least of 19 normals: 3.689 (Tippett 1925).
  EXPECT_NEAR(width.value, 3.689, 5 * width.error + 5e-4);
}

// Series that end inside all the time are not certain to do so.
TEST(Forecast, FullCoverageHasAnError) {
  const at::Tensor x = at::arange(19, at::kDouble).expand({12, 19});
  const Figure f = interval_coverage(x, at::full({12}, 9., at::kDouble), .9);
  EXPECT_EQ(f.value, 1);
  EXPECT_GT(f.error, .02);
  EXPECT_EQ(f.error_by, "binomial");
}

// Times of one series are averaged before the error is taken: copies of one number add no knowledge.
TEST(Forecast, ErrorsCountSeriesNotTimes) {
  const std::vector<double> z = normals(30 * 8, 6), t = normals(30, 7);
  const at::Tensor x = at::tensor(z, at::kDouble).reshape({30, 8}), y = at::tensor(t, at::kDouble);
  const Figure once = crps(x, y);
  const Figure often = crps(x.unsqueeze(2).expand({30, 8, 5}), y.unsqueeze(1).expand({30, 5}));
  EXPECT_NEAR(often.value, once.value, 1e-12);
  EXPECT_NEAR(often.error, once.error, 1e-12);
  EXPECT_EQ(often.rows, 30);
}

TEST(Forecast, BadInputIsRefusedInOneSentence) {
  using testing::error_text;
  const at::Tensor x = at::zeros({5, 10}, at::kDouble), y = at::zeros({5}, at::kDouble);
  EXPECT_NE(error_text([&] { crps(x, at::zeros({4})); }).find("[5, 10] and [4]"), std::string::npos);
  EXPECT_NE(error_text([&] { crps(y, y); }).find("[series, members, ...]"), std::string::npos);
  EXPECT_NE(error_text([&] { crps(x.narrow(0, 0, 1), y.narrow(0, 0, 1)); }).find("1 series"),
            std::string::npos);
  at::Tensor bad = x.clone();
  bad[3][2] = std::nan("");
  EXPECT_NE(error_text([&] { crps(bad, y); }).find("series 3"), std::string::npos);
  EXPECT_NE(error_text([&] { interval_width(x, y, .9); }).find("needs at least 19 members; 10"),
            std::string::npos);
  EXPECT_THROW(interval_coverage(x, y, 1), Error);
  EXPECT_THROW(interval_coverage(x, y, 0), Error);
}

}  // namespace
}  // namespace ulam::forecast_test
