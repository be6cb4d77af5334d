// Parts of the forecast's files that the whole command does not show.
#include "ulam/cli/forecast_files.h"

#include "tests/errors.h"
#include <limits>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace ulam::cli::forecast_files_test {
namespace {

using testing::expect_error;

TEST(ForecastFiles, LevelsRiseAroundTheMiddle) {
  EXPECT_EQ(quantile_levels("0.1,0.5,0.9"), (std::vector<double>{.1, .5, .9}));
  EXPECT_EQ(quantile_levels("0.5"), (std::vector<double>{.5}));
  expect_error(ErrorKind::option, {"'1'", "below 1"}, [] { quantile_levels("0.5,1"); });
  expect_error(ErrorKind::option, {"do not rise at 0.2"}, [] { quantile_levels("0.3,0.2,0.5"); });
  expect_error(ErrorKind::option, {"0.5"}, [] { quantile_levels("0.3,0.4,0.6"); });
  expect_error(ErrorKind::option, {"''"}, [] { quantile_levels(""); });
}

TEST(ForecastFiles, ColumnsComeInTheOrderAsked) {
  const SeriesTable table{at::tensor({1., 2.}, at::kDouble).view({2, 1}), {"a", "b"}, "f.csv"};
  EXPECT_EQ(chosen_columns(table, "").names, table.names);
  const SeriesTable swapped = chosen_columns(table, "b,a");
  EXPECT_EQ(swapped.names, (std::vector<std::string>{"b", "a"}));
  EXPECT_EQ(swapped.values[0][0].item<double>(), 2);
  expect_error(ErrorKind::option, {"f.csv", "'c'", "a, b"}, [&] { chosen_columns(table, "c"); });
}

TEST(ForecastFiles, StepsWithoutAForecastHaveNoLine) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  const at::Tensor q = at::tensor({none, 2.5}, at::kDouble).view({1, 1, 2}),
                   mean = at::tensor({none, 2.25}, at::kDouble).view({1, 2});
  EXPECT_EQ(quantile_csv({"a,b"}, mean, q, {.5}, 7), "series,step,mean,q0.5\n\"a,b\",8,2.25,2.5\n");
}

}  // namespace
}  // namespace ulam::cli::forecast_files_test
