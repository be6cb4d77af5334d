#include "ulam/draw/plan.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/base/key.h"
#include "ulam/path/grid.h"

namespace ulam {

const Variant& Plan::variant(int step, int count) const {
  const PlanStep& s = steps.at(static_cast<std::size_t>(step));
  const int usable = std::min(count, history);
  if (usable < 0 || usable >= static_cast<int>(s.variants.size()) ||
      s.variants[static_cast<std::size_t>(usable)].moves.empty())
    fail(ErrorKind::option, "plan", "step {} has no row for {} history entries", step, usable);
  return s.variants[static_cast<std::size_t>(usable)];
}

Plan make_plan(const std::string& solver, const std::string& grid, int steps, const Path& path,
               const Head& head) {
  const Recipe recipe = make_recipe(solver);
  const std::string spec = !grid.empty() ? grid : !recipe.grid.empty() ? recipe.grid : standard_grid(path);
  Plan plan = compile_plan(recipe, make_grid(spec, path, steps), path, head);
  plan.grid = spec;
  return plan;
}

std::int64_t evaluations(const Plan& plan, int from) {
  std::int64_t sum = 0;
  for (int i = from; i < plan.levels(); ++i)
    for (const Move& move : plan.variant(i, i).moves) sum += move.time.has_value();
  return sum;
}

bool stochastic(const Plan& plan) {
  for (const PlanStep& step : plan.steps)
    for (const Variant& variant : step.variants)
      for (const Move& move : variant.moves)
        for (const Row& row : move.rows)
          if (row.noise != 0) return true;
  return false;
}

void check_plan_for(const Plan& plan, const Path& path, const Head& head, const std::string& place) {
  if (plan.path.json() != path.json())
    fail(ErrorKind::option, place, "made for the path {}, the model has {}", plan.path.json().dump(),
         path.json().dump());
  if (plan.head.kind != head.kind)
    fail(ErrorKind::option, place, "made for a model that predicts {}, this one predicts {}",
         name_of(plan.head.kind), name_of(head.kind));
  if (head.kind == Prediction::edm && plan.head.sigma_data != head.sigma_data)
    fail(ErrorKind::option, place, "made for sigma_data {}, the model has {}", plan.head.sigma_data,
         head.sigma_data);
}

std::uint64_t plan_hash(const Plan& plan) {
  nlohmann::json j = plan_json(plan);
  j.erase("solver");
  j.erase("grid");
  j.erase("provenance");
  return hash_bytes(j.dump());
}

}  // namespace ulam
