// The figure: sizes, what is drawn where, odd panels.
#include "ulam/run/forecast_chart.h"

#include "tests/errors.h"
#include <limits>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace ulam::forecast_chart_test {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

ForecastPanel panel() {
  ForecastPanel p;
  p.title = "load";
  p.seen = at::arange(20, at::kDouble);
  p.seen.narrow(0, 15, 5).fill_(none);
  p.levels_at = at::full({3, 20}, none, at::kDouble);
  for (int k = 0; k < 3; ++k) p.levels_at[k].narrow(0, 15, 5).copy_(at::arange(15, 20, at::kDouble) + k - 1);
  p.truth = p.seen.clone();
  return p;
}

int blueness(const io::Array& picture, std::int64_t from, std::int64_t to) {
  int count = 0;
  for (std::int64_t y = 0; y < picture.shape[0]; ++y)
    for (std::int64_t x = from; x < to; ++x) {
      const auto* pixel = &picture.bytes[static_cast<std::size_t>((y * picture.shape[1] + x) * 3)];
      count += static_cast<int>(pixel[2]) > static_cast<int>(pixel[0]) + 40 ? 1 : 0;
    }
  return count;
}

TEST(ForecastChart, TheFanIsWhereTheForecastIs) {
  const io::Array picture = forecast_chart({panel()});
  EXPECT_EQ(picture.shape, (std::vector<std::int64_t>{230, 760, 3}));
  EXPECT_EQ(blueness(picture, 0, 560), 0);
  EXPECT_GT(blueness(picture, 570, 760), 300);
}

TEST(ForecastChart, ConstantsAndNothingCanBeDrawn) {
  ForecastPanel p = panel();
  p.seen.fill_(5), p.levels_at.fill_(5), p.truth = at::Tensor();
  forecast_chart({p});
  p.seen.fill_(none), p.levels_at.fill_(none);
  forecast_chart({p, p, p, p, p});
}

TEST(ForecastChart, OddPanelsAreRefused) {
  using testing::expect_error;
  expect_error(ErrorKind::option, {"0 panels"}, [] { forecast_chart({}); });
  ForecastPanel p = panel();
  p.levels_at = p.levels_at.narrow(0, 0, 2);
  expect_error(ErrorKind::shape, {"[2, 20]"}, [&] { forecast_chart({p}); });
}

}  // namespace
}  // namespace ulam::forecast_chart_test
