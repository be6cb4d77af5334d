#pragma once
// Spaces of recipes that evolution moves in: random points, mutation, crossover.
#include <functional>
#include <optional>
#include <vector>

#include "ulam/learn/dice.h"
#include "ulam/learn/unified.h"

namespace ulam {

struct SearchSpace {
  std::vector<UnifiedRecipe> start;  // published points to begin with
  std::function<UnifiedRecipe(Dice&)> random;
  std::function<UnifiedRecipe(const UnifiedRecipe&, Dice&)> mutate;
  /// Nothing where the parents have no valid child (then it is tried again).
  std::function<std::optional<UnifiedRecipe>(const UnifiedRecipe&, const UnifiedRecipe&, Dice&)> cross;
};

/// What becomes of a list of times: the host sampler.
using Host = std::function<UnifiedRecipe(const std::vector<double>& times)>;

/// Only the times: `count` of the times in `fine` (falling; each at most once), then `end`, under a host. A
/// draw starts at the largest chosen time (a host may put a step without evaluation before it). Start: even
/// strides from the last. Mutation replaces each time by one that is not in the candidate with probability
/// `mutation`; crossover flips a coin at every place of the two sorted lists and gives nothing where a time
/// would stand twice. Throws Error(option) for a count that `fine` cannot serve. Source: Li et al. 2023,
/// arXiv 2309.10438, section 3.
SearchSpace times_space(std::vector<double> fine, int count, double end, Host host, double mutation = 0.25);

struct UnifiedSpaceOptions {
  int evaluations = 6;      // of every candidate, exactly
  bool skip_first = true;   // whether the first step may do without the model
  double variance = 0;      // of the data, for first steps of Gaussian data; 0: only D = 0
  bool single_step = true;  // whether steps may start before the newest point
  bool implicit = false;    // whether corrections may cost evaluations
  bool edits = false;       // compensation and heavy ball as genes
  // Of each gene of each step; the defaults of the authors' search for CIFAR-10.
  double change = 0.3, insertion = 0.2, deletion = 0.2;
  double time_scale = 0.08, relax_scale = 0.03;
};

/// All of a recipe. Times move by a factor 1 + N(0, time_scale^2), in the path's time less its clean end;
/// orders, forms, active points, relaxation (linear) and corrections are drawn anew; steps come and go and
/// are put right to cost exactly what is asked. `start` is given: published recipes; recipes of another cost
/// are left out. Source: Liu et al. 2023, arXiv 2312.07243, section 5 and released search.
SearchSpace unified_space(const Path& path, std::vector<UnifiedRecipe> start,
                          const UnifiedSpaceOptions& options);

/// DDIM, DPM-Solver++ 2M, 3M, UniPC-2, 3, DPM-Solver-2, 3 (multistep) and 2S on the grids that suit the path,
/// `evaluations` each.
std::vector<UnifiedRecipe> published_recipes(const Path& path, double end, int evaluations);

}  // namespace ulam
