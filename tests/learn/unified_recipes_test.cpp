// Recipes as data: what is written is what is read, and the hash is of all of it.
#include "tests/errors.h"
#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ulam/learn/unified.h"

namespace ulam::unified_recipes_test {
namespace {

TEST(UnifiedRecipes, JsonKeepsEverything) {
  UnifiedRecipe r = unified_unipc({1, .6, .2, .001}, 3, Form::noise, Relaxation::b_h, false);
  r.skip_first = true;
  r.first_variance = .25;
  r.steps[2].active = {{2}, {1, 2}};
  r.steps[1].relax = Relaxation::linear;
  r.steps[1].relax_by = 1. / 3;
  r.steps[2].ratio = 1.1;
  r.steps[2].heavy_ball = .9;
  r.steps[1].start = 1;
  const std::string text = recipe_json(r).dump();
  const UnifiedRecipe back = recipe_from_json(nlohmann::json::parse(text));
  EXPECT_EQ(back, r);
  EXPECT_EQ(recipe_hash(back), recipe_hash(r));
  r.steps[2].ratio = 1.2;
  EXPECT_NE(recipe_hash(back), recipe_hash(r));
}

TEST(UnifiedRecipes, BadJsonIsRefused) {
  using nlohmann::json;
  for (const json& j : {json(3), json{{"tims", 1}}, json{{"times", "x"}}, json{{"steps", {1}}},
                        json{{"steps", {{{"form", "flow"}}}}}, json{{"steps", {{{"order", "2"}}}}}})
    ulam::testing::expect_error(ErrorKind::option, {"recipe"}, [&] { recipe_from_json(j); });
}

}  // namespace
}  // namespace ulam::unified_recipes_test
