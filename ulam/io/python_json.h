#pragma once
// JSON as Python's json module writes it: strict JSON but for NaN, Infinity and -Infinity.
#include <string>
#include <string_view>

#include "ulam/io/json.h"

namespace ulam::io {

/// As parse_json, but the bare words NaN, Infinity and -Infinity outside of strings are read as null. Places
/// in error sentences stay those of `text`.
json parse_python_json(std::string_view text, std::string_view place, std::uint64_t cap = json_cap);
/// As parse_python_json, from a file; throws Error(system) when it cannot be read.
json read_python_json(const std::string& path, std::uint64_t cap = json_cap);

}  // namespace ulam::io
