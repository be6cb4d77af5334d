#pragma once
// Evolution over a space of recipes: in generations, steady, or guided by a predictor; and random search.
#include <functional>

#include "ulam/learn/search.h"
#include "ulam/learn/space.h"

namespace ulam {

struct GenerationOptions {
  int population = 50, top = 10, mutants = 25, children = 10, epochs = 10;
};
/// AutoDiffusion: a population of published points, random ones (half) and mutants of the published; every
/// generation is mutants and children of the best ever, filled up with random ones. Same seed and answers,
/// same trials. Ends with the epochs or the search. Source: Li et al. 2023, arXiv 2309.10438, algorithm 1.
void evolve_in_generations(const SearchSpace& space, Search& search, const GenerationOptions& options,
                           std::uint64_t seed);

/// Estimates how recipes would do, from those that were tried: lower is better, any scale.
using Ranker = std::function<std::vector<double>(const std::vector<Trial>& tried,
                                                 const std::vector<UnifiedRecipe>& candidates)>;

struct SteadyOptions {
  int parents = 15;          // the best so many have offspring
  double crossing = 0.3;     // probability of two parents
  int first = 0;             // mutants of the published points before anything else
  int pool = 0, chosen = 0;  // with a ranker: of `pool` offspring the best `chosen` are tried
};
/// One candidate at a time: the published points, then offspring of the best ones, until the search is done.
/// With a ranker (S^3): it is fitted anew before every `chosen` trials, which it picks from a pool. Source:
/// Liu et al. 2023, arXiv 2312.07243, section 5 (predictor) and released search (without).
void evolve_steadily(const SearchSpace& space, Search& search, const SteadyOptions& options,
                     const Ranker& ranker, std::uint64_t seed);

/// Independent points until the search is done.
void search_at_random(const SearchSpace& space, Search& search, std::uint64_t seed);

}  // namespace ulam
