#pragma once
// The catalogues of all rooms in one value. Callers may add to their copy.
#include <string>
#include <string_view>
#include <vector>

#include "ulam/draw/edits.h"
#include "ulam/draw/recipe.h"
#include "ulam/guide/post_operation.h"
#include "ulam/guide/terms.h"
#include "ulam/measure/catalogue.h"
#include "ulam/model/network.h"
#include "ulam/path/grid.h"
#include "ulam/path/kinds.h"
#include "ulam/problems/read_problem.h"

namespace ulam {

struct Catalogue {
  std::vector<SolverEntry> solvers;
  std::vector<GridEntry> grids;
  std::vector<PathKind> paths;
  std::vector<NetworkEntry> networks;
  std::vector<ProblemEntry> problems;
  std::vector<MeasureEntry> measures;
  std::vector<TermEntry> terms;
  std::vector<PostOperationEntry> posts;
  std::vector<EditEntry> edits;
};
/// What this build offers.
Catalogue catalogue();

/// An entry with the word for what it is: "solver", "grid", "path", "network", "problem",
/// "measure", "guide", "post", "edit".
struct Method {
  std::string kind;
  Entry entry;
};
/// All entries, kind by kind, in the order of the rooms' own tables.
std::vector<Method> methods(const Catalogue& catalogue);
/// Entries of that name or alias, of every kind ("cosine" is a path and a grid); "path/cosine" asks for one
/// kind. Throws Error(option) with the valid names and the nearest when there is none.
std::vector<Method> find_methods(const std::vector<Method>& all, std::string_view name,
                                 std::string_view place);

}  // namespace ulam
