#pragma once
// A comparison of many solvers as tables for a page: a row a solver, a column a budget.
#include <string>
#include <vector>

#include "ulam/run/compare.h"

namespace ulam {

/// Every published deterministic solver on every grid that suits it (published_candidates()), as
/// contenders "SOLVER" or "SOLVER, grid GRID". Those that end elsewhere than the path's standard grid are
/// left out, so that all share one converged reference.
std::vector<Contender> published_contenders(const ModelPtr& model);

/// Two tables in Markdown of the trajectory errors of a comparison of one model. The first: a row a solver,
/// the best of its grids at every budget (the same samples choose and judge, which flatters the published
/// solvers a little), best first at the least budget. The second, where plans compete: every plan beside the
/// best solver at its cost and, where that budget was run, at twice its cost. `contenders` are those of the
/// request. Throws Error(option) where no cell has a trajectory error.
std::string solver_tables(const CompareResult& result, const std::vector<Contender>& contenders);

}  // namespace ulam
