#pragma once
// Internal to the path room: the table of path kinds that serves JSON, spec strings and error sentences.
#include <string>
#include <string_view>
#include <vector>

#include "ulam/base/catalogue.h"
#include "ulam/base/error.h"
#include "ulam/path/path.h"

namespace ulam {

/// One kind of path: its parameters and the factory that takes them already checked.
struct PathKind : Entry {
  Path (*make)(const Options& options, const std::string& place);
};

PathKind vp_kind();
PathKind cosine_kind();
PathKind discrete_kind();
PathKind ve_kind();
PathKind edm_kind();
PathKind flow_kind();
PathKind mean_reverting_kind();

/// All of them, in the order of the documentation.
const std::vector<PathKind>& path_kinds();

/// Throws Error(numeric) unless least <= t <= most: a path has no coefficients outside.
void check_time(const char* kind, double t, double least, double most);
/// Throws Error(option) unless `value` is finite and least <= value <= most.
void check_range(std::string_view place, const char* name, double value, double least, double most);

}  // namespace ulam
