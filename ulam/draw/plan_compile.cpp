#include <algorithm>
#include <cmath>

#include "ulam/base/error.h"
#include "ulam/draw/plan.h"
#include "ulam/draw/step_compile.h"
#include "ulam/path/grid.h"

namespace ulam {

Variant compile_step(const Recipe& recipe, const Path& path, const Head& head, int step,
                     const StepTimes& times, std::span<const double> nodes) {
  nodes = nodes.subspan(0, std::min(nodes.size(), static_cast<std::size_t>(recipe.history())));
  Variant variant;
  variant.nodes.assign(nodes.begin(), nodes.end());
  try {
    variant.moves = step_moves(recipe, path, head, step, times, nodes);
  } catch (const Error& error) {
    throw Error(error.kind(),
                fmt::format("plan: step {} (time {} to {}): {}", step, times.from, times.to, error.what()));
  }
  for (std::size_t m = 0; m < variant.moves.size(); ++m)
    for (const Row& row : variant.moves[m].rows)
      for (double v : row.of)
        if (!std::isfinite(v) || !std::isfinite(row.noise))
          fail(ErrorKind::numeric, "plan",
               "step {} (time {} to {}): a coefficient is not finite; begin or end elsewhere", step,
               times.from, times.to);
  return variant;
}

Plan compile_plan(const Recipe& recipe, const std::vector<double>& grid, const Path& path, const Head& head) {
  check_grid(grid, path, "grid");
  auto [expanded, times] = expand(recipe, grid, path);
  Plan plan;
  plan.solver = recipe.solver;
  plan.grid = recipe.grid;
  plan.path = path;
  plan.head = head;
  plan.history = expanded.history();
  plan.memory = memory_of(expanded).count;
  plan.scratch = expanded.scratch();
  const int steps = static_cast<int>(times.size()) - 1;
  for (int i = 0; i < steps; ++i) {
    PlanStep out;
    out.variants.resize(static_cast<std::size_t>(plan.history) + 1);
    for (int count = 0; count <= std::min(plan.history, i); ++count) {
      std::vector<double> nodes;
      for (int j = 1; j <= count; ++j) nodes.push_back(times[static_cast<std::size_t>(i - j)]);
      out.variants[static_cast<std::size_t>(count)] = compile_step(
          expanded, path, head, i,
          StepTimes::plain(times[static_cast<std::size_t>(i)], times[static_cast<std::size_t>(i) + 1]),
          nodes);
    }
    plan.steps.push_back(std::move(out));
  }
  plan.own = expanded.own;
  if (plan.own.any() && times != grid) plan.asked_times = grid;
  plan.times = std::move(times);
  plan.recipe = std::move(expanded);
  return plan;
}

}  // namespace ulam
