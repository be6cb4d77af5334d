#pragma once
// The rows of the solver catalogue.
#include "ulam/draw/recipe.h"

namespace ulam {

/// One row a solver; a new solver that is only data is one more row.
std::vector<SolverEntry> solver_rows();
/// Those that extrapolate from earlier evaluations, and the exponential integrators, as a part of
/// solver_rows().
std::vector<SolverEntry> multistep_rows();

/// A row; every solver takes `grid` besides its own parameters.
SolverEntry solver_row(const char* name, std::vector<std::string> aliases, const char* purpose,
                       std::vector<Parameter> parameters, const char* paper, const char* cost,
                       const char* composes, Recipe (*make)(const Options&));

}  // namespace ulam
