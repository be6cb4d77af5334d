#include "ulam/learn/evolution.h"

#include "tests/errors.h"
#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace ulam::evolution_test {
namespace {

const std::vector<double> wanted{.9, .5, .2, .05};

double distance(const UnifiedRecipe& r) {
  double sum = r.skip_first ? 1 : 0;
  for (std::size_t k = 0; k < r.times.size() && k < 4; ++k) sum += std::abs(r.times[k] - wanted[k]);
  for (const UnifiedStep& s : r.steps) sum += .05 * std::abs(s.order - 2);
  return sum;
}

SearchSpace space() {
  const Path path = Path::vp();
  UnifiedSpaceOptions options;
  options.evaluations = 4;
  return unified_space(path, published_recipes(path, path.t_data(), 4), options);
}

using Optimiser = std::function<void(Search&, std::uint64_t seed)>;
std::vector<std::pair<std::string, Optimiser>> optimisers() {
  return {{"generations", [](Search& s, std::uint64_t seed) { evolve_in_generations(space(), s, {}, seed); }},
          {"steady", [](Search& s, std::uint64_t seed) { evolve_steadily(space(), s, {}, {}, seed); }},
          {"ranked",
           [](Search& s, std::uint64_t seed) {
             SteadyOptions options;
             options.pool = 20;
             options.chosen = 5;
             const Ranker truth = [](const std::vector<Trial>&, const std::vector<UnifiedRecipe>& pool) {
               std::vector<double> out;
               for (const UnifiedRecipe& r : pool) out.push_back(distance(r));
               return out;
             };
             evolve_steadily(space(), s, options, truth, seed);
           }},
          {"random", [](Search& s, std::uint64_t seed) { search_at_random(space(), s, seed); }}};
}

// Same seed, same trials; another seed, others; the best so far never rises; nothing is evaluated twice.
TEST(Evolution, IsAFunctionOfItsSeed) {
  for (const auto& [name, run] : optimisers()) {
    const auto trials = [&](std::uint64_t seed) {
      int calls = 0;
      Search search([&](const UnifiedRecipe& r) { return ++calls, distance(r); }, 150);
      run(search, seed);
      EXPECT_EQ(calls, search.asked()) << name;
      const std::vector<double> best = search.best_so_far();
      EXPECT_TRUE(std::is_sorted(best.rbegin(), best.rend())) << name;
      std::vector<std::uint64_t> out;
      for (const Trial& t : search.trials()) out.push_back(recipe_hash(t.recipe));
      EXPECT_EQ(out.size(), 150u) << name;
      return out;
    };
    const auto a = trials(1);
    EXPECT_EQ(a, trials(1)) << name;
    EXPECT_NE(a, trials(2)) << name;
  }
}

// Stopped anywhere and run again with the record, a search makes the same trials and pays only the rest.
TEST(Evolution, GoesOnFromARecord) {
  for (const auto& [name, run] : optimisers()) {
    Search whole(distance, 120);
    run(whole, 5);
    nlohmann::json kept;
    CancelToken token;
    Watch watch;
    watch.cancel = &token;
    int calls = 0;
    Search cut(
        [&](const UnifiedRecipe& r) {
          if (++calls == 70) token.cancel();
          return distance(r);
        },
        120, nullptr, [&](const nlohmann::json& j) { kept = j; }, watch);
    run(cut, 5);
    EXPECT_TRUE(cut.cancelled());
    Search again(distance, 120, kept);
    run(again, 5);
    EXPECT_EQ(again.evaluated(), 50) << name;
    ASSERT_EQ(again.trials().size(), whole.trials().size()) << name;
    for (std::size_t i = 0; i < whole.trials().size(); ++i)
      EXPECT_EQ(again.trials()[i].recipe, whole.trials()[i].recipe) << name;
  }
}

// At the same cost evolution ends lower than random search, and a ranker that knows lower still.
TEST(Evolution, StatisticalBeatsRandomSearch) {
  std::vector<double> mean;
  for (const auto& [name, run] : optimisers()) {
    mean.push_back(0);
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      Search search(distance, 400);
      run(search, seed);
      mean.back() += search.best(1)[0].value / 4;
    }
  }
  EXPECT_LT(mean[0], mean[3]);
  EXPECT_LT(mean[1], mean[3]);
  EXPECT_LT(mean[2], mean[1]);
}

// A space with fewer points than the search would ask for ends by itself.
TEST(Evolution, AnExhaustedSpaceEnds) {
  const SearchSpace few = times_space({.8, .5, .2}, 2, 0, unified_ddim);
  Search search([](const UnifiedRecipe& r) { return r.times[0]; }, 100);
  evolve_steadily(few, search, {}, {}, 0);
  EXPECT_EQ(search.asked(), 3);
}

}  // namespace
}  // namespace ulam::evolution_test
