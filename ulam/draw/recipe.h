#pragma once
// What a solver wants, as plain data. compile_plan() turns it into numbers.
#include <string>
#include <vector>

#include "ulam/base/catalogue.h"
#include "ulam/draw/weights.h"

namespace ulam {

/// An explicit Runge-Kutta method: stage k starts from base + step * sum_j a[k][j] f_j at c[k]; result base +
/// step * sum b f.
struct Tableau {
  std::vector<double> c;               // c[0] = 0
  std::vector<std::vector<double>> a;  // a[k] has k entries
  std::vector<double> b;
  std::size_t stages() const { return b.size(); }
};
Tableau tableau_euler();
Tableau tableau_heun();
Tableau tableau_midpoint();
Tableau tableau_kutta3();
Tableau tableau_rk4();

/// One step of a recipe.
struct StepRecipe {
  Rule rule;
  /// Nodes of the interpolation: the current one and order - 1 of the history, fewer while the history is
  /// short.
  int order = 1;
  /// Where it has more than one stage, the step is this Runge-Kutta method on dv/drho = eps, v = x/a, and
  /// `order` is not used. A step that ends at s = 0 is Euler. On paths that begin at a = 0, where rho is
  /// infinite, steps from s > a use the mirror dw/dr = D, w = x/s, r = a/s: in rho the first steps would grow
  /// without bound as N grows and the order fall.
  Tableau stages{};
};

struct Recipe {
  std::string solver;             // canonical spec: "ddim:eta=0.5"
  std::string grid;               // grid spec the solver asks for; "" = the path's standard
  std::vector<StepRecipe> steps;  // one entry = all steps alike, else one entry a step
  const StepRecipe& at(int step) const {
    return steps.size() == 1 ? steps[0] : steps.at(static_cast<std::size_t>(step));
  }
  /// Entries of history that a state must keep: the largest order - 1.
  int history() const;
  /// Scratch registers within a step: the largest number of stages (0 for single-stage steps).
  int scratch() const;
};

struct SolverEntry : Entry {
  Recipe (*make)(const Options& options);
};
/// ddpm, ddim, euler, heun, midpoint, rk4, exp.
const std::vector<SolverEntry>& solvers();

/// "ddim", "ddim:eta=0.5", "exp:prediction=noise,grid=time2". Every solver takes `grid` (a grid's name).
/// Throws Error(option) with the valid names and the nearest.
Recipe make_recipe(const std::string& spec, const std::string& place = "--solver");

}  // namespace ulam
