#include "ulam/measure/figure.h"

#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace ulam::figure_test {
namespace {

// A figure shows as many digits as its error allows, no more.
TEST(Figure, TheErrorDecidesTheDigits) {
  EXPECT_EQ(figure_text(12.3456, .4217), "12.35 +- 0.42");
  EXPECT_EQ(figure_text(12.3456, 3.1), "12.3 +- 3.1");
  EXPECT_EQ(figure_text(1234.56, 31), "1235 +- 31");
  EXPECT_EQ(figure_text(-.00123456, .0000123), "-0.001235 +- 0.000012");
  EXPECT_EQ(figure_text(.5, 0), "0.5");
  EXPECT_EQ(figure_text(1, 1.2e-17), "1 +- 1.2e-17");
  EXPECT_EQ(figure_text(NAN, 1), "nan");
}

TEST(Figure, JsonHoldsTheError) {
  const nlohmann::json j = figures_json({{"mmd", .5, .1, "permutation", 10, ""}, {"x", 1, 2, "b", 3, "so"}});
  EXPECT_EQ(j[0]["error"], .1);
  EXPECT_FALSE(j[0].contains("note"));
  EXPECT_EQ(j[1]["note"], "so");
}

}  // namespace
}  // namespace ulam::figure_test
