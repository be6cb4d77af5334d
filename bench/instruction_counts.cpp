#include "bench/instruction_counts.h"

#include <cmath>
#include <sstream>

#include <fmt/format.h>

#include "ulam/base/error.h"

namespace ulam::bench {

nlohmann::json to_json(const Toolchain& t) {
  return {{"compiler", t.compiler}, {"libtorch", t.libtorch}, {"instruction_set", t.instruction_set}};
}

Toolchain toolchain_from_json(const nlohmann::json& j) {
  return {j.at("compiler"), j.at("libtorch"), j.at("instruction_set")};
}

Counts parse_callgrind(const std::string& text, const std::string& place) {
  const std::string trigger = "desc: Trigger: Client Request: ", totals = "totals: ";
  std::istringstream lines(text);
  std::string name, line;
  std::int64_t total = -1;
  while (std::getline(lines, line)) {
    if (line.starts_with(trigger)) name = line.substr(trigger.size());
    if (line.starts_with(totals)) total = std::stoll(line.substr(totals.size()));
  }
  if (name.empty()) return {};
  if (total < 0) fail(ErrorKind::file, place, "section {} has no line 'totals: COUNT'", name);
  return {{name, total}};
}

Comparison compare(const Counts& now, const Counts& baseline, double tolerance) {
  Comparison out;
  out.table = fmt::format("{:<16} {:>14} {:>14} {:>9}\n", "section", "instructions", "baseline", "change");
  for (const auto& [name, count] : now) {
    const auto before = baseline.find(name);
    if (before == baseline.end()) {
      out.table += fmt::format("{:<16} {:>14} {:>14}\n", name, count, "none");
      out.faults.push_back(fmt::format("{} is not in the baseline", name));
      continue;
    }
    const double change = static_cast<double>(count) / static_cast<double>(before->second) - 1;
    const bool grown = change > tolerance;
    out.table += fmt::format("{:<16} {:>14} {:>14} {:>+8.2f} %{}\n", name, count, before->second,
                             100 * change, grown ? "  GREW" : "");
    if (grown)
      out.faults.push_back(fmt::format("{} grew by {:.2f} % ({} instructions more); {:.0f} % are allowed",
                                       name, 100 * change, count - before->second, 100 * tolerance));
    out.outdated = out.outdated || change < -tolerance;
  }
  for (const auto& [name, count] : baseline)
    if (!now.contains(name)) out.faults.push_back(fmt::format("{} of the baseline was not measured", name));
  return out;
}

}  // namespace ulam::bench
