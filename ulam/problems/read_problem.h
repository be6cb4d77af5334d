#pragma once
// Problems by name, from JSON values and from files.
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "ulam/base/catalogue.h"
#include "ulam/problems/problem.h"

namespace ulam {

struct ProblemEntry : Entry {
  /// Builds the data from the members of `j` (already checked to be known) and may change the defaults of
  /// `settings`.
  DensityPtr (*make)(const nlohmann::json& j, const std::string& place, const std::string& folder,
                     ProblemSettings& settings);
};
/// gaussian, mixture, dataset, ring, checkerboard, swissroll, clusters, tp1. Their parameters are the members of the
/// JSON form.
const std::vector<ProblemEntry>& problems();

/// {"problem": KIND, members of the kind, and optionally "name", "path" (object or spec string; default edm),
/// "dtype"
/// ("float64" or "float32"), "head" (a prediction, default data), "sigma_data", "shape", "centre_noise"}.
/// Every member is checked; errors are one sentence that begins with `place`. File names in `j` are relative
/// to `folder`.
ProblemPtr problem_from_json(const nlohmann::json& j, const std::string& place, const std::string& folder);
/// A problem file: its name opens every error. Throws Error(system | file | option | numeric).
ProblemPtr read_problem(const std::string& path);
/// "tp1", "ring", "ring:width=0.05,head=noise,path=flow": the kinds without required members, by spec string.
ProblemPtr named_problem(const std::string& spec);

}  // namespace ulam
