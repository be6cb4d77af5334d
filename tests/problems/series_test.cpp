// Generated series: rows by their number alone, finite, of the law that is promised.
#include "ulam/problems/series.h"

#include "tests/errors.h"
#include <cmath>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace ulam::series_test {
namespace {

TEST(GeneratedSeries, ARowDependsOnItsNumberAlone) {
  for (const Entry& kind : series_kinds()) {
    const at::Tensor all = generate_series({kind.name, 3}, 0, 8, 64),
                     one = generate_series({kind.name, 3}, 5, 1, 64);
    EXPECT_TRUE(at::equal(all[5], one[0])) << kind.name;
    EXPECT_FALSE(at::equal(all[5], all[4])) << kind.name;
    EXPECT_FALSE(at::equal(generate_series({kind.name, 4}, 5, 1, 64), one)) << kind.name;
  }
}

TEST(GeneratedSeries, AllKindsAreFiniteAndVary) {
  for (const Entry& kind : series_kinds()) {
    const at::Tensor y = generate_series({kind.name, 1}, 0, 300, 192);
    EXPECT_TRUE(y.isfinite().all().item<bool>()) << kind.name;
    EXPECT_GT(y.std(1).min().item<double>(), 1e-3) << kind.name;
    EXPECT_LT(y.abs().max().item<double>(), 50) << kind.name;
  }
}

// The closed form that small experiments rest on: variance a^2/2 + sigma^2 at lag 0, a^2/2 cos + sigma^2 f^k
// at lag k.
TEST(GeneratedSeries, StatisticalSineHasItsAutocovariance) {
  const std::int64_t rows = 4000;
  const at::Tensor y = generate_series({"sine", 2}, 0, rows, 60).to(at::kDouble) - SineSeries::level;
  for (const int lag : {0, 1, 6, 24}) {
    const at::Tensor products = y.select(1, 3) * y.select(1, 3 + lag);
    const double amplitude = SineSeries::amplitude, deviation = SineSeries::deviation;
    const double expected = amplitude * amplitude / 2 * std::cos(2 * M_PI * lag / SineSeries::period) +
                            deviation * deviation * std::pow(SineSeries::coefficient, lag);
    const double error = products.std().item<double>() / std::sqrt(static_cast<double>(rows));
    EXPECT_NEAR(products.mean().item<double>(), expected, 5 * error) << lag;
  }
}

TEST(GeneratedSeries, OddRequestsAreRefused) {
  using testing::expect_error;
  expect_error(ErrorKind::option, {"series", "seasonl", "seasonal"}, [] {
    generate_series({"seasonl", 0}, 0, 1, 64);
  });
  expect_error(ErrorKind::option, {"length 4"}, [] { generate_series({"sine", 0}, 0, 1, 4); });
  expect_error(ErrorKind::option, {"-1"}, [] { generate_series({"sine", 0}, 0, -1, 64); });
  EXPECT_EQ(generate_series({"sine", 0}, 0, 0, 64).size(0), 0);
}

}  // namespace
}  // namespace ulam::series_test
