#pragma once
// The rows of the solver catalogue.
#include "ulam/draw/recipe.h"

namespace ulam {

/// One row a solver; a new solver that is only data is one more row.
std::vector<SolverEntry> solver_rows();

}  // namespace ulam
