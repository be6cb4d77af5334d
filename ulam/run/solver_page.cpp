#include "ulam/run/solver_page.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include <fmt/format.h>

#include "ulam/base/error.h"
#include "ulam/path/grid.h"
#include "ulam/run/published.h"

namespace ulam {
namespace {

struct Best {
  double value = std::numeric_limits<double>::infinity(), error = 0;
  std::string name;
};

const Figure* trajectory_of(const CompareCell& cell) {
  for (const Figure& f : cell.figures)
    if (f.name == "trajectory" && std::isfinite(f.value)) return &f;
  return nullptr;
}

void improve(Best& best, const Figure& figure, const std::string& name) {
  if (figure.value < best.value) best = {figure.value, figure.error, name};
}

Best at(const std::map<int, Best>& cells, int budget) {
  const auto found = cells.find(budget);
  return found == cells.end() ? Best{} : found->second;
}

std::string cell_text(const Best& best, bool leads) {
  if (!std::isfinite(best.value)) return "-";
  const std::string text = figure_text(best.value, best.error);
  return leads ? "**" + text + "**" : text;
}

std::string line(const std::vector<std::string>& cells) {
  return "| " + fmt::format("{}", fmt::join(cells, " | ")) + " |\n";
}
std::string heading(const std::vector<std::string>& cells) {
  std::string rule = "|";
  for (std::size_t i = 0; i < cells.size(); ++i) rule += "---|";
  return line(cells) + rule + "\n";
}

}  // namespace

std::vector<Contender> published_contenders(const ModelPtr& model) {
  const ModelInfo& info = model->info();
  const double end = make_grid(standard_grid(info.path), info.path, 4).back();
  std::vector<Contender> out;
  for (const auto& [solver, grid] : published_candidates(info.path)) {
    try {
      const Plan plan = make_plan(solver, grid, 4, info.path, info.head);
      if (plan.times.back() != end || stochastic(plan)) continue;
    } catch (const Error&) {
      continue;  // the solver or the grid does not suit the path
    }
    out.push_back({grid.empty() ? solver : solver + ", grid " + grid, model, solver, grid, {}});
  }
  return out;
}

std::string solver_tables(const CompareResult& result, const std::vector<Contender>& contenders) {
  std::map<std::string, std::map<int, Best>> rows;  // solver -> budget -> the best of its grids
  std::map<int, Best> leads;
  std::vector<const CompareCell*> plans;
  std::set<int> budgets;
  for (const CompareCell& cell : result.cells) {
    const Contender& c = contenders.at(cell.contender);
    const Figure* figure = trajectory_of(cell);
    if (figure == nullptr) continue;
    if (c.plan) {
      plans.push_back(&cell);
      continue;
    }
    budgets.insert(cell.budget);
    improve(rows[c.solver][cell.budget], *figure, c.name);
    improve(leads[cell.budget], *figure, c.name);
  }
  if (rows.empty() && plans.empty())
    fail(ErrorKind::option, "compare: --markdown",
         "no contender has a trajectory error; take solvers without noise");

  std::string out;
  if (!rows.empty()) {
    std::vector<std::pair<std::string, std::map<int, Best>>> sorted(rows.begin(), rows.end());
    const int least = *budgets.begin();
    std::stable_sort(sorted.begin(), sorted.end(), [&](const auto& a, const auto& b) {
      return at(a.second, least).value < at(b.second, least).value;
    });
    std::vector<std::string> names = {"solver"};
    for (const int n : budgets) names.push_back(std::to_string(n));
    out += heading(names);
    for (const auto& [solver, cells] : sorted) {
      std::vector<std::string> row = {"`" + solver + "`"};
      for (const int n : budgets)
        row.push_back(cell_text(at(cells, n), at(cells, n).value == leads[n].value));
      out += line(row);
    }
    std::vector<std::string> grids;
    for (const auto& [n, best] : leads) grids.push_back(fmt::format("{}: `{}`", n, best.name));
    out += fmt::format("\nBest at {}.\n", fmt::join(grids, "; "));
  }
  if (!plans.empty() && !rows.empty()) {
    out += "\n" + heading({"plan", "evaluations", "its error", "best solver at that cost", "share of it",
                           "best solver at twice the cost", "share of it"});
    for (const CompareCell* cell : plans) {
      const Figure& f = *trajectory_of(*cell);
      const int n = static_cast<int>(cell->evaluations);
      std::vector<std::string> row = {result.names[cell->contender], std::to_string(n),
                                      figure_text(f.value, f.error)};
      for (const int budget : {n, 2 * n}) {
        const auto best = leads.find(budget);
        row.push_back(best == leads.end() ? "-" : cell_text(best->second, false));
        row.push_back(best == leads.end() ? "-" : fmt::format("{:.2f}", f.value / best->second.value));
      }
      out += line(row);
    }
  }
  return out;
}

}  // namespace ulam
