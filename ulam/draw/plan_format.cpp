#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ulam/draw/plan.h"

namespace ulam {
namespace {

std::string column_name(const Plan& plan, const Variant& variant, std::size_t i) {
  if (i == 0) return "x";
  if (i <= variant.nodes.size()) return fmt::format("h{}", i);
  const std::size_t reg = i - 1 - variant.nodes.size();
  if (reg < static_cast<std::size_t>(plan.memory + plan.scratch)) return fmt::format("m{}", reg);
  return "p";
}

std::string row_text(const Plan& plan, const Variant& variant, const Row& row) {
  std::string text = row.to == Row::To::x         ? "x "
                     : row.to == Row::To::history ? "h "
                                                  : fmt::format("m{}", row.index);
  text += " =";
  bool first = true;
  for (std::size_t i = 0; i < row.of.size(); ++i) {
    if (row.of[i] == 0) continue;
    text += fmt::format(" {}{:.9g} {}",
                        row.of[i] < 0 ? "- "
                        : first       ? ""
                                      : "+ ",
                        std::abs(row.of[i]), column_name(plan, variant, i));
    first = false;
  }
  if (row.noise != 0)
    text += fmt::format(" {}{:.9g} z", first ? "" : "+ ", row.noise);
  else if (first)
    text += " 0";
  return text;
}

}  // namespace

std::string format_plan(const Plan& plan) {
  std::string out = fmt::format("plan {:016x}", plan_hash(plan));
  if (!plan.solver.empty()) out += fmt::format("  {}", plan.solver);
  if (!plan.grid.empty()) out += fmt::format("  grid {}", plan.grid);
  out += fmt::format("\npath {}, model predicts {}\n{} steps, {}{} evaluations a row, {}\n",
                     plan.path.json().dump(), name_of(plan.head.kind), plan.levels(),
                     plan.own.adaptive ? "at most " : "", evaluations(plan),
                     stochastic(plan) ? "stochastic" : "deterministic");
  if (plan.own.any())
    out +=
        fmt::format("rows have times of their own: {}; below are the steps of a row that keeps the plan's\n",
                    own_times_json(plan.own).dump());
  out += fmt::format("x state, p answer of the model{}{}{}\n\n",
                     plan.history > 0 ? ", h1 h2 ... history newest first" : "",
                     plan.memory + plan.scratch > 0 ? ", m0 m1 ... registers" : "",
                     stochastic(plan) ? ", z normal noise" : "");
  out += fmt::format("{:>5}  {:>12}  {:>12}  {:>12}  {:>12}\n", "level", "time", "a", "s", "log a/s");
  for (std::size_t i = 0; i < plan.times.size(); ++i) {
    const Marginal m = plan.path.at(plan.times[i]);
    out += fmt::format("{:>5}  {:>12.6g}  {:>12.6g}  {:>12.6g}  {:>12.6g}\n", i, plan.times[i], m.a, m.s,
                       plan.path.half_log_snr(plan.times[i]));
    if (i == plan.steps.size()) break;
    const Variant& variant = plan.variant(static_cast<int>(i), static_cast<int>(i));
    for (const Move& move : variant.moves) {
      out += move.time ? fmt::format("         p at time {:.9g}\n", *move.time) : "         no evaluation\n";
      for (const Row& row : move.rows) out += fmt::format("           {}\n", row_text(plan, variant, row));
    }
  }
  return out;
}

}  // namespace ulam
