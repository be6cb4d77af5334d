#pragma once
// The published samplers that searches start from and are measured by.
#include <string>
#include <utility>
#include <vector>

#include "ulam/path/path.h"

namespace ulam {

using SolverAndGrid = std::pair<std::string, std::string>;

/// The solvers and grids that are tried: every deterministic solver of the catalogue with its variants, each
/// on the standard grid of the path and on the grids that are known to suit few steps.
std::vector<SolverAndGrid> published_candidates(const Path& path);

}  // namespace ulam
