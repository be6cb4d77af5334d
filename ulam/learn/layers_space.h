#pragma once
// Times, and the modules of the network that each evaluation leaves out, for a number of executed modules.
#include <string>
#include <vector>

#include "ulam/learn/evolution.h"

namespace ulam {

struct LayersOptions {
  GenerationOptions generations{.population = 50, .top = 10, .mutants = 25, .children = 10, .epochs = 15};
  int first_epochs = 5;    // of times alone
  double most = 0.4;       // share of the modules that an evaluation may leave out, reached in the last epoch
  double mutation = 0.25;  // of each time, and of each module that is left out
};

/// `evaluations` whole networks as a budget of modules: leaving modules out pays for further evaluations. A
/// candidate executes at most the budget, and has no room for one more evaluation without any module left
/// out. `fine` falls; `end` and `host` as in times_space(). Throws Error(option) where there is no module or
/// the times do not serve. Source: Li et al. 2023, arXiv 2309.10438, section 3.3. Its `most` is 0.1 for
/// budgets of ten evaluations and 58 modules; at four to six evaluations so little never buys another one.
class LayersSpace {
 public:
  LayersSpace(std::vector<double> fine, int evaluations, double end, Host host,
              std::vector<std::string> modules, double mutation);
  /// The space while an evaluation may leave out at most this share of the modules. `start`: candidates to
  /// begin with, from this space at any share or from times_space().
  SearchSpace at(double most, std::vector<UnifiedRecipe> start) const;
  /// Modules that a recipe executes.
  int executed(const UnifiedRecipe& recipe) const;
  int budget() const;

 private:
  struct Parts;
  std::shared_ptr<const Parts> parts_;
};

/// Times alone for `first_epochs`, then times and modules while the share that may be left out grows evenly
/// to `most`. Every epoch goes on from the best of all candidates so far. Same seed and answers, same trials.
void evolve_layers(const SearchSpace& times, const LayersSpace& layers, Search& search,
                   const LayersOptions& options, std::uint64_t seed);

}  // namespace ulam
