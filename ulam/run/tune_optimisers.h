#pragma once
// The optimisers of `ulam tune` that look for a plan from scratch; what they find may then be refined.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "ulam/base/progress.h"
#include "ulam/draw/plan.h"
#include "ulam/guide/term.h"
#include "ulam/model/model.h"

namespace ulam {

/// What an optimiser gets to know.
struct TuneBench {
  ModelPtr model;
  Terms guide;
  int evaluations = 6;     // of a plan
  int candidates = 300;    // that a search may try
  double end = 0;          // time at which plans end
  double variance = 0;     // mean square of the data
  std::uint64_t seed = 0;  // of draws and of the search
  Watch watch;
  std::vector<std::uint64_t> ids;  // training samples
  Conditions conditions;
  at::Tensor reference;           // their converged ends; undefined where the objective needs none
  std::int64_t* spent = nullptr;  // evaluations; an optimiser adds what it spends beside `score`
  /// The objective on training samples (the first few of a network's where that is enough), counted. NaN for
  /// a plan that does not run. Throws Error(cancelled).
  std::function<double(const Plan& plan)> score;
  /// What is known from before and where to keep it, as one JSON value.
  nlohmann::json known;
  std::function<void(const nlohmann::json&)> keep;
};

struct TuneFound {
  Plan plan;
  std::string what;       // "evolution", with a word about it
  nlohmann::json recipe;  // null where the plan has none
};

/// evolution, predictor, times, layers, grid, compensation, gradient.
const std::vector<std::string>& tune_optimisers();
/// Whether it goes by converged trajectories, whatever the objective is.
bool needs_reference(const std::string& optimiser);

/// - evolution: the whole space of recipes (unified_space), steady, `candidates` of them.
/// - predictor: the same, a ranking network choosing 20 of every 100 offspring.
/// - times: which of 1,000 times, for DPM-Solver++(2M), in generations (AutoDiffusion).
/// - layers: the same, and which modules of the network each evaluation leaves out, at the cost in modules of
///   `evaluations` whole networks; the plan may have more evaluations. Error(option) without such modules.
/// - grid: the same host on the times that dynamic programming finds on a grid of 48.
/// - compensation: UniPC-2 on the best grid, with ratios fitted greedily on ten samples.
/// - gradient: Adam from the best recipe of published ones, to the converged ends.
/// Nothing when cancelled. Throws Error(option) for another name or a budget that it cannot serve, and what
/// drawing throws. A function of its arguments: resumed from `known` it finds what an uncut one does.
std::optional<TuneFound> optimise(const std::string& optimiser, TuneBench& bench);

}  // namespace ulam
