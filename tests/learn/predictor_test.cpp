#include "ulam/learn/predictor.h"

#include "tests/errors.h"
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace ulam::predictor_test {
namespace {

// A made-up objective in which every kind of gene matters.
double value(const UnifiedRecipe& r) {
  double sum = 0;
  for (std::size_t i = 0; i < r.steps.size(); ++i) {
    const UnifiedStep& s = r.steps[i];
    sum += std::abs(r.times[i + 1] - .6 / (1 + static_cast<double>(i)));
    sum += .3 * std::abs(s.order - 2) + (s.form == Form::noise ? .4 : 0) +
           (s.correct == Correction::none ? .2 : 0) + std::abs(s.relax_by);
  }
  return sum;
}

struct Recipes {
  std::vector<UnifiedRecipe> list;
  std::vector<double> values;
};
Recipes recipes(std::uint64_t seed, int count, int evaluations) {
  const Path path = Path::vp();
  UnifiedSpaceOptions options;
  options.evaluations = evaluations;
  const SearchSpace space = unified_space(path, published_recipes(path, path.t_data(), evaluations), options);
  Dice dice(seed, 0);
  Recipes out;
  for (int i = 0; i < count; ++i) {
    UnifiedRecipe r = space.start[dice.below(space.start.size())];
    for (int k = 0; k < 3; ++k) r = space.mutate(r, dice);
    out.values.push_back(value(r));
    out.list.push_back(std::move(r));
  }
  return out;
}

// It learns to order recipes that it has not seen, of two lengths at once.
TEST(Predictor, StatisticalOrdersRecipesThatItHasNotSeen) {
  std::vector<Trial> tried;
  for (const int n : {4, 6}) {
    const Recipes r = recipes(1, 100, n);
    for (std::size_t i = 0; i < r.list.size(); ++i) tried.push_back({r.list[i], r.values[i]});
  }
  tried.push_back({tried[0].recipe, std::numeric_limits<double>::infinity()});
  PredictorOptions small;
  small.width = 32;
  small.updates = 150;
  const Ranker ranker = predictor(Path::vp(), small, 3);
  for (const int n : {4, 6}) {
    const Recipes fresh = recipes(2, 60, n);
    EXPECT_GT(kendall_tau(ranker(tried, fresh.list), fresh.values), .5) << n;
  }
}

TEST(Predictor, IsAFunctionOfItsSeed) {
  const Recipes r = recipes(5, 20, 4);
  std::vector<Trial> tried;
  for (std::size_t i = 0; i < r.list.size(); ++i) tried.push_back({r.list[i], r.values[i]});
  PredictorOptions quick;
  quick.updates = 20;
  EXPECT_EQ(predictor(Path::vp(), quick, 1)(tried, r.list), predictor(Path::vp(), quick, 1)(tried, r.list));
  EXPECT_NE(predictor(Path::vp(), quick, 1)(tried, r.list), predictor(Path::vp(), quick, 2)(tried, r.list));
  EXPECT_EQ(predictor(Path::vp(), quick, 1)({}, r.list), std::vector<double>(20, 0.0));
  PredictorOptions bad;
  bad.width = 0;
  ulam::testing::expect_error(ErrorKind::option, {"width"}, [&] { predictor(Path::vp(), bad, 1); });
}

TEST(KendallTau, KnownValues) {
  EXPECT_DOUBLE_EQ(kendall_tau({1, 2, 3, 4}, {2, 4, 6, 8}), 1);
  EXPECT_DOUBLE_EQ(kendall_tau({1, 2, 3, 4}, {4, 3, 2, 1}), -1);
  EXPECT_DOUBLE_EQ(kendall_tau({1, 2, 3, 4}, {1, 3, 2, 4}), 4. / 6);
  EXPECT_DOUBLE_EQ(kendall_tau({1, 1, 1}, {1, 2, 3}), 0);
  EXPECT_DOUBLE_EQ(kendall_tau({1, 1, 2}, {1, 2, 3}), 2 / std::sqrt(6.));
  ulam::testing::expect_error(ErrorKind::option, {"1 and 2"}, [] { kendall_tau({1}, {1, 2}); });
}

}  // namespace
}  // namespace ulam::predictor_test
