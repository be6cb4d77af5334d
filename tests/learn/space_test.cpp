#include "ulam/learn/space.h"

#include "tests/errors.h"
#include <algorithm>
#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "ulam/draw/plan.h"
#include "ulam/learn/evolution.h"

namespace ulam::space_test {
namespace {

std::vector<double> thousand() {
  std::vector<double> out;
  for (int i = 1000; i >= 1; --i) out.push_back(i * 1e-3);
  return out;
}

// Every candidate of the space is a set of different listed times that falls to the end.
TEST(TimesSpace, CandidatesAreSetsOfListedTimes) {
  const SearchSpace space = times_space(thousand(), 6, 0, unified_ddim);
  Dice dice(1, 0);
  UnifiedRecipe a = space.random(dice), b = space.start[0];
  EXPECT_EQ(b.times.size(), 7u);
  EXPECT_NEAR(b.times[0], .831, 1e-12);
  for (int i = 0; i < 300; ++i) {
    const UnifiedRecipe before = a;
    a = i % 3 == 0 ? space.random(dice) : space.mutate(a, dice);
    if (const auto child = space.cross(a, b, dice)) b = *child;
    for (const UnifiedRecipe& r : {a, b}) {
      ASSERT_EQ(r.times.size(), 7u);
      for (std::size_t k = 0; k < 6; ++k) {
        ASSERT_LT(r.times[k + 1], r.times[k]);
        ASSERT_NEAR(r.times[k] * 1000, std::round(r.times[k] * 1000), 1e-9);
      }
      ASSERT_EQ(r.times.back(), 0);
    }
  }
}

// All T times are the host's full chain, bit for bit, and even times are standard strides.
TEST(TimesSpace, RespacingIsTheHost) {
  std::vector<double> betas(100, 0.02);
  const Path path = Path::discrete(betas);
  std::vector<double> all;
  for (int i = 99; i >= 0; --i) all.push_back(i);
  const SearchSpace space = times_space(all, 100, -1, unified_ddim);
  std::vector<double> grid = all;
  grid.push_back(-1);
  EXPECT_EQ(space.start[0].times, grid);
  EXPECT_EQ(plan_hash(compile_plan(make_recipe("ddim"), space.start[0].times, path, Head{})),
            plan_hash(compile_plan(make_recipe("ddim"), grid, path, Head{})));
  const SearchSpace ten = times_space(all, 10, -1, unified_ddim);
  for (std::size_t k = 0; k < 10; ++k) EXPECT_EQ(ten.start[0].times[k], 90 - 10. * static_cast<double>(k));
}

// With an additive objective the best times are found to the resolution of the mutation.
TEST(TimesSpace, FindsTheTimesOfAnAdditiveObjective) {
  const std::vector<double> wanted{.926, .69, .424, .153};
  const SearchSpace space = times_space(thousand(), 4, 0, unified_ddim);
  const Score score = [&](const UnifiedRecipe& r) {
    double sum = 0;
    for (std::size_t k = 0; k < 4; ++k) sum += std::abs(r.times[k] - wanted[k]);
    return sum;
  };
  Search search(score, 2000);
  GenerationOptions options;
  options.epochs = 40;
  evolve_in_generations(space, search, options, 7);
  EXPECT_LT(search.best(1)[0].value, 4 * .02);
}

TEST(TimesSpace, BadListsAreRefused) {
  ulam::testing::expect_error(ErrorKind::option, {"5 of 3"}, [] {
    times_space({3, 2, 1}, 5, 0, unified_ddim);
  });
  ulam::testing::expect_error(ErrorKind::option, {"must fall"}, [] {
    times_space({3, 2, 2}, 2, 0, unified_ddim);
  });
  ulam::testing::expect_error(ErrorKind::option, {"must fall"}, [] {
    times_space({3, 2, 1}, 2, 1, unified_ddim);
  });
}

}  // namespace
}  // namespace ulam::space_test
