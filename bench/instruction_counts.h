#pragma once
// Counts of instructions by section: read from callgrind's files, kept as a baseline, compared.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace ulam::bench {

using Counts = std::map<std::string, std::int64_t>;

/// What the counts depend on besides the project's own code.
struct Toolchain {
  std::string compiler, libtorch, instruction_set;
  friend bool operator==(const Toolchain&, const Toolchain&) = default;
};
nlohmann::json to_json(const Toolchain& toolchain);
Toolchain toolchain_from_json(const nlohmann::json& json);

/// The section's name and its total from the text of one file that a client request NAME had callgrind write
/// ("desc: Trigger: Client Request: NAME", "totals: COUNT"). Nothing for a file of another trigger. Throws
/// Error(file) for a file without a total.
Counts parse_callgrind(const std::string& text, const std::string& place);

struct Comparison {
  std::string table;                // a line a section: now, baseline, change in per cent, verdict
  std::vector<std::string> faults;  // sections that grew beyond the tolerance, or stand on one side only
  bool outdated = false;  // some section fell by more than the tolerance: the baseline deserves an update
};
/// Compares; a growth by more than `tolerance` (0.03 = 3 %) is a fault.
Comparison compare(const Counts& now, const Counts& baseline, double tolerance);

}  // namespace ulam::bench
