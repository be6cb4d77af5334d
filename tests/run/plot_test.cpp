#include "ulam/run/plot.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace ulam::plot_test {
namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

TEST(Plot, LinearTicksAreRoundAndInside) {
  EXPECT_EQ(axis_ticks(0, 10, false), (std::vector<double>{0, 2, 4, 6, 8, 10}));
  for (const double v : axis_ticks(-.37, 1.9, false)) {
    EXPECT_GE(v, -.37);
    EXPECT_LE(v, 1.9);
    EXPECT_NEAR(v * 2, std::round(v * 2), 1e-9);
  }
}

TEST(Plot, LogarithmicTicksArePowersOrTwosAndFives) {
  EXPECT_EQ(axis_ticks(3, 60, true), (std::vector<double>{5, 10, 20, 50}));
  const auto wide = axis_ticks(1e-4, 1e2, true);
  EXPECT_EQ(wide.size(), 7u);
  EXPECT_LE(axis_ticks(1e-30, 1, true).size(), 9u);
}

TEST(Plot, EmptyOrTurnedRangesHaveNoTicks) {
  EXPECT_TRUE(axis_ticks(1, 1, false).empty());
  EXPECT_TRUE(axis_ticks(2, 1, true).empty());
}

// What a reader must see: every finite point has a marker, every error a bar; the rest is left out.
TEST(Plot, EveryFinitePointIsDrawn) {
  Chart chart;
  chart.log_y = true;
  chart.series = {
      {"a", {{1, .1, .02}, {2, .05, 0}, {3, -1, 0}, {4, std::numeric_limits<double>::quiet_NaN(), 0}}}};
  const std::string svg = svg_chart(chart);
  EXPECT_EQ(count(svg, "<circle"), 3u);  // two points and the legend's
  EXPECT_EQ(count(svg, "class='bar'"), 1u);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
}

TEST(Plot, NoPointsAreSaid) { EXPECT_NE(svg_chart({}).find("no points"), std::string::npos); }

TEST(Plot, NamesCannotBreakThePage) {
  Chart chart;
  chart.title = "<script>";
  chart.series = {{"a\"b&c", {{1, 1, 0}}}};
  const std::string svg = svg_chart(chart);
  EXPECT_EQ(svg.find("<script>"), std::string::npos);
  EXPECT_NE(svg.find("a&quot;b&amp;c"), std::string::npos);
}

}  // namespace
}  // namespace ulam::plot_test
