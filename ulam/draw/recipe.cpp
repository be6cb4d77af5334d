#include "ulam/draw/recipe.h"

#include <algorithm>

#include "ulam/base/error.h"
#include "ulam/draw/edits.h"
#include "ulam/draw/solver_rows.h"

namespace ulam {

Tableau tableau_euler() { return {{0}, {{}}, {1}}; }
Tableau tableau_heun() { return {{0, 1}, {{}, {1}}, {0.5, 0.5}}; }
Tableau tableau_midpoint() { return {{0, 0.5}, {{}, {0.5}}, {0, 1}}; }
Tableau tableau_kutta3() { return {{0, 0.5, 1}, {{}, {0.5}, {-1, 2}}, {1. / 6, 4. / 6, 1. / 6}}; }
Tableau tableau_rk4() {
  return {{0, 0.5, 0.5, 1}, {{}, {0.5}, {0, 0.5}, {0, 0, 1}}, {1. / 6, 2. / 6, 2. / 6, 1. / 6}};
}

Tableau named_tableau(const std::string& name, const std::string& place) {
  if (name == "euler") return tableau_euler();
  if (name == "heun") return tableau_heun();
  if (name == "midpoint") return tableau_midpoint();
  if (name == "kutta3") return tableau_kutta3();
  if (name == "ral3") return {{0, 1. / 2, 3. / 4}, {{}, {1. / 2}, {0, 3. / 4}}, {2. / 9, 1. / 3, 4. / 9}};
  if (name == "heun3") return {{0, 1. / 3, 2. / 3}, {{}, {1. / 3}, {0, 2. / 3}}, {1. / 4, 0, 3. / 4}};
  if (name == "vdh3") return {{0, 8. / 15, 2. / 3}, {{}, {8. / 15}, {1. / 4, 5. / 12}}, {1. / 4, 0, 3. / 4}};
  if (name == "ssprk3") return {{0, 1, 1. / 2}, {{}, {1}, {1. / 4, 1. / 4}}, {1. / 6, 1. / 6, 2. / 3}};
  if (name == "rk4") return tableau_rk4();
  fail_unknown(place, name, tableau_names());
}
const std::vector<std::string>& tableau_names() {
  static const std::vector<std::string> names = {"euler", "heun", "midpoint", "kutta3", "ral3",
                                                 "heun3", "vdh3", "ssprk3",   "rk4"};
  return names;
}

int Recipe::history() const {
  int most = 0;
  const auto needs = [&](const StepRecipe& s) {
    if (s.one_evaluation()) most = std::max(most, s.order - 1);
    if (s.corrector.on) most = std::max(most, s.corrector.order);
    if (s.edits.ratio != 1) most = std::max(most, 2);
    if (s.corrector.on && s.edits.heavy_ball != 1) most = std::max(most, 2);
    if (s.edits.dual != 0 || s.edits.heavy_ball != 1 || s.edits.ghvb != 1) most = std::max(most, 1);
  };
  std::for_each(steps.begin(), steps.end(), needs);
  std::for_each(first.begin(), first.end(), needs);
  if (dual_ramp != 0) most = std::max(most, 1);
  if (std::any_of(ratios.begin(), ratios.end(), [](double r) { return r != 1; })) most = std::max(most, 2);
  return most;
}

int Recipe::scratch() const {
  std::size_t most = 0;
  for (const StepRecipe& step : steps)
    if (!step.one_evaluation())
      most = std::max(most, step.inner.empty() ? step.stages.stages() : step.inner.size() + 1);
  return static_cast<int>(most);
}

const std::vector<SolverEntry>& solvers() {
  static const std::vector<SolverEntry> entries = solver_rows();
  return entries;
}

Recipe make_recipe(const std::string& spec, const std::string& place) {
  const std::vector<std::string> parts = split_edits(spec);
  const Spec parsed = parse_spec(parts.front(), place);
  const SolverEntry& entry = find_entry(solvers(), parsed.name, place);
  const Options options(place + " " + entry.name, entry.parameters, parsed.given);
  Recipe recipe = entry.make(options);
  const std::string values = options.canonical();
  recipe.solver = values.empty() ? entry.name : entry.name + ":" + values;
  if (options.has("grid")) recipe.grid = options.text("grid");
  for (std::size_t i = 1; i < parts.size(); ++i) apply_edit(parts[i], recipe, place);
  return recipe;
}

}  // namespace ulam
