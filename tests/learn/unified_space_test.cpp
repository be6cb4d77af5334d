// The space of whole recipes: whatever mutation does, the result hangs together and costs what is asked.
#include "tests/draw/support.h"
#include "tests/errors.h"
#include <set>

#include <gtest/gtest.h>

#include "ulam/learn/space.h"

namespace ulam::unified_space_test {
namespace {

TEST(UnifiedSpace, MutantsAreRecipesOfTheAskedCost) {
  for (const Path& path : ulam::testing::all_paths())
    for (const int n : {1, 2, 3, 6}) {
      const double end = make_grid(standard_grid(path), path, 2).back();
      UnifiedSpaceOptions options;
      options.evaluations = n;
      options.implicit = options.edits = true;
      const SearchSpace space = unified_space(path, published_recipes(path, end, n), options);
      Dice dice(3, static_cast<std::uint64_t>(n));
      UnifiedRecipe a = space.start[0], b = space.random(dice);
      std::set<std::uint64_t> seen;
      for (int i = 0; i < 200; ++i) {
        a = i % 50 == 0 ? space.random(dice) : space.mutate(a, dice);
        if (const auto child = space.cross(a, b, dice)) b = *child;
        for (const UnifiedRecipe& r : {a, b}) {
          ASSERT_NO_THROW(check(r, path)) << ulam::testing::path_name(path) << " " << n;
          ASSERT_EQ(r.evaluations(), n);
          ASSERT_EQ(r.times.back(), end);
        }
        const LinearPlan plan = linear_plan(a, path);
        ASSERT_EQ(plan.evaluations(), n);
        ASSERT_EQ(evaluations(plan_of(plan, make_plan("ddim", "", 2, path, Head{}))), n);
        seen.insert(recipe_hash(a));
      }
      if (n > 1) {
        EXPECT_GT(seen.size(), 100u);
      }
    }
}

// All genes are reached: a gene that mutation never touches would be a dead one.
TEST(UnifiedSpace, MutationReachesEveryGene) {
  const Path path = Path::vp();
  UnifiedSpaceOptions options;
  options.implicit = options.edits = true;
  options.variance = .5;
  const SearchSpace space = unified_space(path, published_recipes(path, path.t_data(), 6), options);
  Dice dice(4, 0);
  UnifiedRecipe r = space.start[0];
  std::set<std::string> reached;
  for (int i = 0; i < 2000; ++i) {
    r = space.mutate(r, dice);
    if (r.skip_first) reached.insert("skip");
    if (r.first_variance > 0) reached.insert("variance");
    for (const UnifiedStep& s : r.steps) {
      reached.insert("order " + std::to_string(s.order));
      if (s.start != 0) reached.insert("start");
      if (!s.active.empty()) reached.insert("active " + std::to_string(s.active[0].size()));
      if (s.relax == Relaxation::linear) reached.insert("relax");
      reached.insert("correct " + std::to_string(static_cast<int>(s.correct)));
      reached.insert(s.form == Form::data ? "data" : "noise");
      if (s.ratio != 1) reached.insert("ratio");
      if (s.heavy_ball != 1) reached.insert("ball");
    }
  }
  EXPECT_EQ(reached.size(), 17u);
}

TEST(UnifiedSpace, PublishedRecipesAreDifferentAndInvalidStartsAreRefused) {
  const Path path = Path::vp();
  const std::vector<UnifiedRecipe> all = published_recipes(path, path.t_data(), 5);
  EXPECT_GE(all.size(), 40u);
  std::set<std::uint64_t> hashes;
  for (const UnifiedRecipe& r : all) hashes.insert(recipe_hash(r));
  EXPECT_EQ(hashes.size(), all.size());
  UnifiedSpaceOptions options;
  options.evaluations = 4;
  ulam::testing::expect_error(ErrorKind::option, {"no recipe of 4 evaluations"},
                              [&] { unified_space(path, all, options); });
}

}  // namespace
}  // namespace ulam::unified_space_test
