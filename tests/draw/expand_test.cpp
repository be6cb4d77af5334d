// What a recipe says about the number of steps, worked out on a grid.
#include "support.h"

#include <gtest/gtest.h>

namespace ulam::expand_test {
namespace {

std::vector<double> times_of(int steps) { return make_grid("time2", Path::vp(), steps); }
Expanded expanded(const std::string& spec, int steps) {
  return expand(make_recipe(spec), times_of(steps), Path::vp());
}

TEST(Expand, OrdersFallAtTheEndOfShortGridsOnly) {
  std::vector<int> orders;
  for (const StepRecipe& s : expanded("dpmpp:order=3", 6).recipe.steps) orders.push_back(s.order);
  EXPECT_EQ(orders, (std::vector<int>{3, 3, 3, 3, 2, 1}));
  for (const StepRecipe& s : expanded("dpmpp:order=3", 10).recipe.steps) EXPECT_EQ(s.order, 3);
}

// NFE%3 = 0: 3 x (K - 2), 2, 1; 1: 3 x (K - 1), 1; 2: 3 x (K - 1), 2, with K = NFE / 3 + 1.
TEST(Expand, SingleStepBlocksTakeExactlyTheGridsEvaluations) {
  for (const auto& [n, sizes] : {std::pair{9, std::vector<int>{3, 3, 2, 1}},
                                 {10, {3, 3, 3, 1}},
                                 {11, {3, 3, 3, 2}},
                                 {3, {2, 1}},
                                 {1, {1}}}) {
    const Expanded e = expanded("dpm:order=3", n);
    std::vector<int> found;
    for (const StepRecipe& s : e.recipe.steps) found.push_back(1 + static_cast<int>(s.inner.size()));
    EXPECT_EQ(found, sizes) << n;
    EXPECT_EQ(e.times.front(), times_of(n).front());
    EXPECT_EQ(e.times.back(), times_of(n).back());
    EXPECT_EQ(evaluations(make_plan("dpm:order=3", "time2", n, Path::vp(), Head{})), n);
  }
}
// The inner evaluations stand on the grid's own times.
TEST(Expand, BlocksEvaluateAtTheTimesOfTheGrid) {
  const Plan plan = make_plan("dpmpp:order=3,kind=single", "time2", 10, Path::vp(), Head{});
  std::vector<double> seen;
  for (int i = 0; i < plan.levels(); ++i)
    for (const Move& m : plan.variant(i, 0).moves) seen.push_back(*m.time);
  const std::vector<double> times = times_of(10);
  ASSERT_EQ(seen.size(), 10u);
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_NEAR(seen[i], times[i], 1e-12);
}

TEST(Expand, NoiseStaysInItsWindow) {
  int noisy = 0;
  for (const StepRecipe& s : expanded("sa:low=0.1,high=2", 12).recipe.steps) noisy += s.rule.eta > 0;
  EXPECT_GT(noisy, 0);
  EXPECT_LT(noisy, 12);
}

TEST(Expand, CorrectorsBeginWhereTheyAreTold) {
  const Expanded e = expanded("unipc:skip=2", 5);
  EXPECT_FALSE(e.recipe.steps[1].corrector.on);
  EXPECT_TRUE(e.recipe.steps[2].corrector.on);
}

TEST(Expand, RampsAndRatiosAreWorkedOut) {
  const Expanded e = expanded("ddim+dualfast:c=0.4+dc:ratios=1/1/1.2", 5);
  EXPECT_EQ(e.recipe.steps[0].edits.dual, 0);
  EXPECT_DOUBLE_EQ(e.recipe.steps[4].edits.dual, .4);
  EXPECT_DOUBLE_EQ(e.recipe.steps[4].edits.ratio, 1.2);
}

TEST(Expand, WhatDoesNotFitIsRefused) {
  Recipe r = make_recipe("dpmpp:kind=inner");
  r.steps[0].inner[0].at = 1;
  EXPECT_NE(testing::error_text([&] { expand(r, times_of(3), Path::vp()); }).find("between 0 and 1"),
            std::string::npos);
  r = make_recipe("dpmpp:kind=inner,order=3");
  r.steps[0].inner[0].with = 2;
  EXPECT_NE(testing::error_text([&] { expand(r, times_of(3), Path::vp()); }).find("uses stage 2"),
            std::string::npos);
  r = make_recipe("heun");
  r.steps[0].corrector.on = true;
  EXPECT_NE(testing::error_text([&] { expand(r, times_of(3), Path::vp()); }).find("corrector"),
            std::string::npos);
}

}  // namespace
}  // namespace ulam::expand_test
