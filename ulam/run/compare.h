#pragma once
// Several solvers or models at equal ledgers: the same noise, the same number of evaluations, errors with
// their errors.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ulam/guide/term.h"
#include "ulam/measure/figure.h"
#include "ulam/run/reference.h"

namespace ulam {

/// What is compared: a model with a solver or a finished plan, and the terms that guide it.
struct Contender {
  std::string name;  // "ddim", "fashion-weak ddim"
  ModelPtr model;
  std::string solver;  // spec
  std::string grid;    // "" = the solver's, else the path's standard
  std::optional<Plan> plan;
  Terms guide{};
};

/// More figures of a finished set of samples (a distance to real data, say). Called once a cell.
using Measure = std::function<std::vector<Figure>(const at::Tensor& samples, const std::string& name)>;

struct CompareRequest {
  std::vector<Contender> contenders;
  std::vector<int> budgets;        // evaluations a sample, guidance included; a finished plan has its own
  std::vector<std::uint64_t> ids;  // which samples
  std::uint64_t seed = 0;
  Conditions conditions;  // a row per sample
  std::int64_t batch = 0;
  int kept = 8;  // first samples kept in each cell, for strips
  // First samples whose trajectories deterministic solvers are measured by, against a converged reference,
  // which costs hundreds of evaluations a sample; 0 = none.
  std::int64_t trajectories = 64;
  ReferenceOptions reference;
  std::vector<Measure> measures;
  Watch watch;
};

struct CompareCell {
  std::size_t contender = 0;
  int budget = 0;
  int steps = 0;                 // the most that the budget pays for; 0 = none, see `why`
  std::int64_t evaluations = 0;  // a sample, exact; at most `budget`
  std::uint64_t plan = 0;        // hash
  std::vector<Figure> figures;   // "trajectory" first, where there is a reference
  Spent spent;
  at::Tensor kept;  // [kept, ...]
  std::string why;  // why there are no figures, or no "trajectory"
};

struct CompareReference {
  std::string model;
  double end = 0;
  Reference reference;
};

struct CompareResult {
  std::vector<std::string> names;  // of the contenders
  std::int64_t samples = 0;        // of each
  std::uint64_t seed = 0;
  std::vector<CompareCell> cells;  // contender by contender, budgets in order
  std::vector<CompareReference> references;
  std::vector<Figure> floor;  // what a perfect sampler would show, where the caller knows it
  Spent spent;                // of all cells; references apart
  bool cancelled = false;     // cells of finished draws only
};

/// The most steps of a solver whose plan costs at most `budget` evaluations a row of the field, what guides
/// it included; nothing when one step costs more. Found by bisection: with several terms that act in windows
/// of their own a step more may fit. Throws Error(option) for an unknown solver or grid.
std::optional<Plan> plan_within(const std::string& solver, const std::string& grid, int budget,
                                const Field& field);

/// Runs every contender at every budget. All share seed, ids and conditions, hence noise bits. Contenders of
/// one model, guidance and end time share one converged reference, of the guided equation. "trajectory" is
/// trajectory_error() against it; stochastic plans have none, nor has guidance that is not of_time(). A
/// contender whose plan equals an earlier cell's is not run again. Throws Error(option) for no contender, no
/// budget, or models of different shape, and what draw() throws.
CompareResult compare(const CompareRequest& request);

}  // namespace ulam
