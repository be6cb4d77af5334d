#pragma once
// What a solver wants, as plain data. compile_plan() turns it into numbers.
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "ulam/base/catalogue.h"
#include "ulam/draw/own_times.h"
#include "ulam/draw/weights.h"

namespace ulam {

/// An explicit Runge-Kutta method: stage k starts from base + step * sum_j a[k][j] f_j at c[k]; result base +
/// step * sum b f.
struct Tableau {
  std::vector<double> c;               // c[0] = 0
  std::vector<std::vector<double>> a;  // a[k] has k entries
  std::vector<double> b;
  std::size_t stages() const { return b.size(); }
  friend bool operator==(const Tableau&, const Tableau&) = default;
};
Tableau tableau_euler();
Tableau tableau_heun();
Tableau tableau_midpoint();
Tableau tableau_kutta3();
Tableau tableau_rk4();
/// euler, heun, midpoint, kutta3, ral3 (Ralston), heun3, vdh3 (van der Houwen), ssprk3, rk4; by name. Throws
/// Error(option).
Tableau named_tableau(const std::string& name, const std::string& place);
const std::vector<std::string>& tableau_names();

/// An evaluation inside a step of an exponential integrator.
struct InnerStage {
  double at = 0.5;  // place between the ends, in half-log-SNR
  int with = 0;     // the inner stage (from 1) that its own interpolation uses beside the start; 0 = none
  friend bool operator==(const InnerStage&, const InnerStage&) = default;
};

/// What happens to a step once the model has answered at its end: the step is made again with the new node,
/// for no further evaluation (Zhao et al. 2023, arXiv 2302.04867, algorithm 2).
struct Corrector {
  bool on = false;
  int order = 1;  // nodes beside the new one
  Relaxation relax = Relaxation::none;
  bool implicit = false;  // evaluate again at the corrected state; one evaluation more
  friend bool operator==(const Corrector&, const Corrector&) = default;
};

/// Rewrites of a step, always in this order; each is off at the value given here.
struct Edits {
  /// Dynamic compensation (arXiv 2409.03755, eq. 8): the newest prediction becomes the parabola through the
  /// last three, in time, at t' = ratio t_i + (1 - ratio) t_{i-1}; history keeps it. Needs two entries of
  /// history, else nothing happens.
  double ratio = 1;
  /// DualFast (arXiv 2506.13058, eq. 8): eps becomes (1 + c) eps - c eps_tau in the first-order term. tau is
  /// the evaluation before, or the first of the draw. A corrector's term of the step's start likewise.
  double dual = 0;
  bool dual_first = false;
  /// Heavy ball on the direction of the step: v' = (1 - beta) v + beta S (arXiv 2307.11118, eq. 8). In a
  /// recipe with a corrector on the corrector's direction alone.
  double heavy_ball = 1;
  bool nesterov = false;  // then the step takes (1 - beta) v' + beta S
  /// GHVB: history keeps the damped stream v' = (1 - beta) v + beta f (ibid., eq. 12); Rule::damping beside
  /// it.
  double ghvb = 1;
  friend bool operator==(const Edits&, const Edits&) = default;
};

/// One step of a recipe.
struct StepRecipe {
  Rule rule;
  /// Nodes of the interpolation: the current one and order - 1 of the history, fewer while the history is
  /// short.
  int order = 1;
  /// Where it has more than one stage, the step is this Runge-Kutta method on dv/drho = eps, v = x/a, and
  /// `order` is not used. A step that ends at s = 0 is Euler. On paths that begin at a = 0, where rho is
  /// infinite, steps from s > a use the mirror dw/dr = D, w = x/s, r = a/s: in rho the first steps would grow
  /// without bound as N grows and the order fall. With rule.variable = time the places c are meant in time
  /// and the stages are pseudo-numerical: a and b are shares of the step to the stage (arXiv 2202.09778).
  Tableau stages{};
  /// Evaluations inside the step, then the step through the start and the last of them, by `rule`. A step
  /// that starts at a = 0 or ends at s = 0 leaves them out.
  std::vector<InnerStage> inner{};
  Corrector corrector{};
  Edits edits{};
  /// Also keeps the state that it starts from and the solution of one order less, from the same evaluations
  /// (of `inner`): what an adaptive draw measures its error by and goes back to.
  bool embedded = false;
  /// No evaluation: D = 0 stands for the answer (the first step from nearly pure noise).
  bool skip = false;

  bool one_evaluation() const { return stages.stages() <= 1 && inner.empty(); }
  friend bool operator==(const StepRecipe&, const StepRecipe&) = default;
};

struct Recipe {
  std::string solver;             // canonical spec: "ddim:eta=0.5"
  std::string grid;               // grid spec the solver asks for; "" = the path's standard
  std::vector<StepRecipe> steps;  // one entry = all steps alike, else one entry a step
  /// Steps take at most as many nodes as steps are left, on grids of fewer steps than this.
  int lower_final_below = 0;
  /// Correctors stay off for the first this many steps.
  int correct_from = 0;
  /// The grid's intervals are joined into single-step blocks of up to this many evaluations, which fall on
  /// the grid's times; 0 = every interval is a step. (Lu et al. 2022, arXiv 2206.00927, appendix.)
  int blocks = 0;
  /// Steps of another kind at the start, while the history fills.
  std::vector<StepRecipe> first{};
  /// The first step has no evaluation.
  bool skip_first = false;
  /// Steps that start at another s/a take eta = 0.
  double eta_low = 0, eta_high = std::numeric_limits<double>::infinity();
  /// Edits::dual of step i is this times i / (N - 1); 0 = as the steps say.
  double dual_ramp = 0;
  /// Edits::ratio of the steps, in order; the last one stands for all that follow.
  std::vector<double> ratios{};
  /// Who gives rows times of their own.
  OwnTimes own{};

  const StepRecipe& at(int step) const {
    return steps.size() == 1 ? steps[0] : steps.at(static_cast<std::size_t>(step));
  }
  /// Entries of history that a state must keep.
  int history() const;
  /// Scratch registers within a step: the largest number of evaluations (0 for steps of one).
  int scratch() const;
};

/// The recipe for a grid of `times`, one entry a step, with everything that depends on the number of steps
/// worked out; and its times, fewer than the grid's where intervals are joined.
struct Expanded {
  Recipe recipe;
  std::vector<double> times;
};
/// Throws Error(option) for steps that do not fit the grid or one another.
Expanded expand(const Recipe& recipe, const std::vector<double>& times, const Path& path);

struct SolverEntry : Entry {
  Recipe (*make)(const Options& options);
};
/// The solvers by name; see solver_rows.
const std::vector<SolverEntry>& solvers();

/// "ddim", "ddim:eta=0.5", "unipc:order=2+dualfast:c=0.2". Every solver takes `grid` (a grid's name). Edits
/// follow behind `+` (see edits.h). Throws Error(option) with the valid names and the nearest.
Recipe make_recipe(const std::string& spec, const std::string& place = "--solver");

}  // namespace ulam
