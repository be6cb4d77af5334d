#include "ulam/model/model.h"

namespace ulam {

std::vector<std::string> modules_to_leave_out(const ModelInfo& info) {
  constexpr std::string_view kind = ":skip";
  std::vector<std::string> out;
  for (const std::string& p : info.perturbations)
    if (p.ends_with(kind)) out.push_back(p.substr(0, p.size() - kind.size()));
  return out;
}

}  // namespace ulam
