#include "ulam/learn/layers_space.h"

#include "tests/errors.h"
#include <algorithm>
#include <set>

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace ulam::layers_space_test {
namespace {

std::vector<double> hundred() {
  std::vector<double> out;
  for (int i = 100; i >= 1; --i) out.push_back(i * 0.01);
  return out;
}
std::vector<std::string> modules(int count) {
  std::vector<std::string> out;
  for (int i = 0; i < count; ++i) out.push_back(fmt::format("m{}", i));
  return out;
}
int left_out(const UnifiedRecipe& r) {
  int sum = 0;
  for (const auto& list : r.left_out) sum += static_cast<int>(list.size());
  return sum;
}

// More modules than paid for, or room for a whole evaluation that is not used, would make comparisons unfair.
TEST(LayersSpace, CandidatesUseTheirBudgetAndNoMore) {
  const LayersSpace space(hundred(), 5, 0, unified_ddim, modules(8), 0.25);
  EXPECT_EQ(space.budget(), 40);
  Dice dice(1, 0);
  bool longer = false, children = false;
  for (const double most : {0.0, 0.25, 0.5}) {
    const SearchSpace s = space.at(most, {});
    UnifiedRecipe a = s.random(dice), b = s.random(dice);
    for (int i = 0; i < 300; ++i) {
      const UnifiedRecipe before = a;
      a = i % 3 == 0 ? s.random(dice) : s.mutate(a, dice);
      if (const auto child = s.cross(a, b, dice)) b = *child, children = true;
      for (const UnifiedRecipe& r : {a, b}) {
        ASSERT_EQ(space.executed(r), r.evaluations() * 8 - left_out(r));
        ASSERT_LE(space.executed(r), 40);
        ASSERT_GT(space.executed(r) + 8, 40);
        ASSERT_TRUE(std::is_sorted(r.times.begin(), r.times.end(), std::greater<>()));
        ASSERT_EQ(std::set<double>(r.times.begin(), r.times.end()).size(), r.times.size());
        longer = longer || r.evaluations() > 5;
        ASSERT_TRUE(most > 0 || left_out(r) == 0);
        for (const auto& list : r.left_out) ASSERT_LE(list.size(), most * 8);
        check(r, Path::vp());
        ASSERT_EQ(recipe_from_json(recipe_json(r)), r);
      }
    }
  }
  EXPECT_TRUE(longer);
  EXPECT_TRUE(children);
}

// Module m0 costs nothing to lose, every other one a little, and a further evaluation gains more than one
// costs: the search must find that out, spend what it saves on a fifth evaluation, and repeat itself with one
// seed.
TEST(LayersSpace, EvolutionLeavesOutWhatDoesNotMatter) {
  const LayersSpace space(hundred(), 4, 0, unified_ddim, modules(4), 0.25);
  const SearchSpace times = times_space(hundred(), 4, 0, unified_ddim);
  const auto value = [](const UnifiedRecipe& r) {
    double sum = 0;
    for (const auto& list : r.left_out)
      for (const std::string& name : list) sum += name == "m0" ? 0 : 0.1;
    return sum + 10.0 / r.evaluations();
  };
  LayersOptions options;
  const auto found = [&](std::uint64_t seed) {
    Search search(value, 2000);
    evolve_layers(times, space, search, options, seed);
    return search.best(1).at(0);
  };
  const Trial best = found(3);
  EXPECT_EQ(best.recipe.evaluations(), 5);
  EXPECT_NEAR(best.value, 2, 1e-12);
  EXPECT_EQ(found(3).recipe, best.recipe);
}

TEST(LayersSpace, WhatItCannotServeIsRefused) {
  ulam::testing::expect_error(ErrorKind::option, {"no module"},
                              [] { LayersSpace(hundred(), 4, 0, unified_ddim, {}, 0.25); });
  ulam::testing::expect_error(ErrorKind::option, {"101 of 100 times"},
                              [] { LayersSpace(hundred(), 101, 0, unified_ddim, modules(2), 0.25); });
  ulam::testing::expect_error(ErrorKind::option, {"end 1"},
                              [] { LayersSpace(hundred(), 4, 1, unified_ddim, modules(2), 0.25); });
}

}  // namespace
}  // namespace ulam::layers_space_test
