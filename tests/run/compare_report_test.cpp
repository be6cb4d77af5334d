#include "ulam/run/compare_report.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace ulam::compare_report_test {
namespace {

CompareResult two_cells(double b, double error) {
  CompareResult r;
  r.names = {"a<1>", "b"};
  for (std::size_t i = 0; i < 2; ++i) {
    CompareCell cell;
    cell.contender = i;
    cell.budget = cell.steps = 10;
    cell.evaluations = 9 + static_cast<std::int64_t>(i);
    cell.figures = {{"rmse", i == 0 ? 1 : b, error, "over samples", 64, ""}};
    cell.kept = at::zeros({3, 1, 4, 4});
    r.cells.push_back(cell);
  }
  return r;
}

ModelInfo info() {
  ModelInfo i;
  i.name = "toy";
  i.shape = {1, 4, 4};
  return i;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

TEST(CompareReport, TheTableHasARowACellAndAnErrorAFigure) {
  const auto table = compare_table(two_cells(.5, .1));
  ASSERT_EQ(table.size(), 3u);
  EXPECT_EQ(table[0],
            (std::vector<std::string>{"contender", "budget", "evaluations", "steps", "rmse", "remarks"}));
  EXPECT_EQ(table[2], (std::vector<std::string>{"b", "10", "10", "10", "0.50 +- 0.10", ""}));
}

TEST(CompareReport, AFigureThatACellLacksIsADash) {
  CompareResult r = two_cells(.5, .1);
  r.cells[1].figures.clear();
  r.cells[1].why = "adds noise";
  EXPECT_EQ(compare_table(r)[2][4], "-");
  EXPECT_EQ(compare_table(r)[2][5], "adds noise");
}

// A difference within its error must not look like a victory.
TEST(CompareReport, OnlyAClearLeadIsMarked) {
  EXPECT_EQ(count(compare_page(two_cells(.5, .1), info(), "x"), "class='n m'"), 1u);
  EXPECT_EQ(count(compare_page(two_cells(.9, .1), info(), "x"), "class='n m'"), 0u);
}

TEST(CompareReport, ThePageHasChartTableAndStrips) {
  const std::string page = compare_page(two_cells(.5, .1), info(), "ulam compare toy --solver \"a\"");
  EXPECT_EQ(count(page, "<svg"), 1u);
  EXPECT_EQ(count(page, "<img"), 2u);
  EXPECT_NE(page.find("a&lt;1&gt;"), std::string::npos);
  EXPECT_NE(page.find("ulam compare toy"), std::string::npos);
  ModelInfo flat = info();
  flat.shape = {16};
  CompareResult r = two_cells(.5, .1);
  for (CompareCell& cell : r.cells) cell.kept = at::zeros({3, 16});
  EXPECT_EQ(count(compare_page(r, flat, ""), "<img"), 0u);
}

TEST(CompareReport, TheFloorIsALineAndALevel) {
  CompareResult r = two_cells(.5, .1);
  r.floor = {{"rmse", .2, .05, "bootstrap", 64, ""}};
  EXPECT_EQ(compare_table(r).back()[4], "0.200 +- 0.050");
  EXPECT_NE(compare_page(r, info(), "").find("class='level'"), std::string::npos);
}

TEST(CompareReport, JsonHoldsEveryFigureWithItsError) {
  const nlohmann::json j = compare_json(two_cells(.5, .1));
  EXPECT_EQ(j["cells"][1]["figures"][0]["value"], .5);
  EXPECT_EQ(j["cells"][1]["figures"][0]["error"], .1);
  EXPECT_EQ(j["cells"][0]["contender"], "a<1>");
}

}  // namespace
}  // namespace ulam::compare_report_test
