#include "ulam/draw/left_out.h"

#include <set>
#include <string>

#include "ulam/base/error.h"

namespace ulam {

void check_left_out(const Plan& plan, const ModelInfo& info) {
  std::set<std::string> known, asked;
  for (const PlanStep& step : plan.steps)
    for (const Variant& variant : step.variants)
      for (const Move& move : variant.moves) asked.insert(move.left_out.begin(), move.left_out.end());
  if (asked.empty()) return;
  for (const std::string& module : modules_to_leave_out(info)) known.insert(module);
  for (const std::string& module : asked)
    if (known.count(module) == 0)
      fail(ErrorKind::option, "plan", "leaves out the module '{}', which '{}' does not offer; valid: {}",
           module, info.name, known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", ")));
}

}  // namespace ulam
