#include "ulam/draw/recipe.h"

#include <algorithm>

#include "ulam/base/error.h"
#include "ulam/draw/solver_rows.h"

namespace ulam {

Tableau tableau_euler() { return {{0}, {{}}, {1}}; }
Tableau tableau_heun() { return {{0, 1}, {{}, {1}}, {0.5, 0.5}}; }
Tableau tableau_midpoint() { return {{0, 0.5}, {{}, {0.5}}, {0, 1}}; }
Tableau tableau_kutta3() { return {{0, 0.5, 1}, {{}, {0.5}, {-1, 2}}, {1. / 6, 4. / 6, 1. / 6}}; }
Tableau tableau_rk4() {
  return {{0, 0.5, 0.5, 1}, {{}, {0.5}, {0, 0.5}, {0, 0, 1}}, {1. / 6, 2. / 6, 2. / 6, 1. / 6}};
}

int Recipe::history() const {
  int most = 0;
  for (const StepRecipe& step : steps)
    if (step.stages.stages() <= 1) most = std::max(most, step.order - 1);
  return most;
}

int Recipe::scratch() const {
  std::size_t most = 0;
  for (const StepRecipe& step : steps)
    if (step.stages.stages() > 1) most = std::max(most, step.stages.stages());
  return static_cast<int>(most);
}

const std::vector<SolverEntry>& solvers() {
  static const std::vector<SolverEntry> entries = solver_rows();
  return entries;
}

Recipe make_recipe(const std::string& spec, const std::string& place) {
  const Spec parsed = parse_spec(spec, place);
  const SolverEntry& entry = find_entry(solvers(), parsed.name, place);
  const Options options(place + " " + entry.name, entry.parameters, parsed.given);
  Recipe recipe = entry.make(options);
  const std::string values = options.canonical();
  recipe.solver = values.empty() ? entry.name : entry.name + ":" + values;
  if (options.has("grid")) recipe.grid = options.text("grid");
  return recipe;
}

}  // namespace ulam
