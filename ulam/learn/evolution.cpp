#include "ulam/learn/evolution.h"

#include <algorithm>
#include <numeric>

#include "ulam/base/error.h"

namespace ulam {
namespace {

// A space may be smaller than a search; after so many repeats without anything new it is exhausted.
constexpr int most_repeats = 1000;

// False when the search is done.
bool ask(Search& search, const UnifiedRecipe& recipe) { return search.ask(recipe).has_value(); }

UnifiedRecipe offspring(const SearchSpace& space, const std::vector<Trial>& parents, double crossing,
                        bool always_mutate, Dice& dice) {
  const auto parent = [&]() -> const UnifiedRecipe& { return parents[dice.below(parents.size())].recipe; };
  if (parents.size() > 1 && dice.chance(crossing))
    for (int attempt = 0; attempt < 10; ++attempt)
      if (auto child = space.cross(parent(), parent(), dice))
        return always_mutate ? space.mutate(*child, dice) : *child;
  return space.mutate(parent(), dice);
}

}  // namespace

void evolve_in_generations(const SearchSpace& space, Search& search, const GenerationOptions& options,
                           std::uint64_t seed) {
  if (options.population < 1 || options.top < 1 || options.epochs < 1)
    fail(ErrorKind::option, "evolution", "population, top and epochs must be at least 1");
  Dice dice(seed, 0);
  std::vector<UnifiedRecipe> next = space.start;
  const std::size_t size = static_cast<std::size_t>(options.population);
  for (int i = 0; i < options.population / 2; ++i) next.push_back(space.random(dice));
  while (next.size() < size) next.push_back(space.mutate(space.start[dice.below(space.start.size())], dice));
  next.resize(size);
  for (int epoch = 0; epoch < options.epochs; ++epoch) {
    for (const UnifiedRecipe& r : next)
      if (!ask(search, r)) return;
    const std::vector<Trial> top = search.best(static_cast<std::size_t>(options.top));
    next.clear();
    for (int i = 0; i < options.mutants; ++i) next.push_back(offspring(space, top, 0, true, dice));
    for (int i = 0; i < options.children; ++i) next.push_back(offspring(space, top, 1, false, dice));
    while (next.size() < size) next.push_back(space.random(dice));
    next.resize(size);
  }
}

void evolve_steadily(const SearchSpace& space, Search& search, const SteadyOptions& options,
                     const Ranker& ranker, std::uint64_t seed) {
  if (options.parents < 1) fail(ErrorKind::option, "evolution", "parents must be at least 1");
  Dice dice(seed, 1);
  for (const UnifiedRecipe& r : space.start)
    if (!ask(search, r)) return;
  for (int i = 0; i < options.first; ++i)
    if (!ask(search, space.mutate(space.start[dice.below(space.start.size())], dice))) return;
  int last = search.asked();
  for (int repeats = 0; repeats < most_repeats; ++repeats) {
    const std::vector<Trial> parents = search.best(static_cast<std::size_t>(options.parents));
    const auto child = [&] { return offspring(space, parents, options.crossing, true, dice); };
    if (ranker && options.pool > options.chosen) {
      std::vector<UnifiedRecipe> pool;
      for (int i = 0; i < options.pool; ++i) pool.push_back(child());
      const std::vector<double> rank = ranker(search.trials(), pool);
      std::vector<std::size_t> order(pool.size());
      std::iota(order.begin(), order.end(), std::size_t{0});
      std::stable_sort(order.begin(), order.end(),
                       [&](std::size_t a, std::size_t b) { return rank[a] < rank[b]; });
      for (int i = 0; i < options.chosen; ++i)
        if (!ask(search, pool[order[static_cast<std::size_t>(i)]])) return;
    } else if (!ask(search, child())) {
      return;
    }
    if (search.asked() != last) repeats = 0;
    last = search.asked();
  }
}

void search_at_random(const SearchSpace& space, Search& search, std::uint64_t seed) {
  Dice dice(seed, 2);
  int last = search.asked();
  for (int repeats = 0; repeats < most_repeats; ++repeats) {
    if (!ask(search, space.random(dice))) return;
    if (search.asked() != last) repeats = 0;
    last = search.asked();
  }
}

}  // namespace ulam
