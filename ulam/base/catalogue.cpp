#include "ulam/base/catalogue.h"

#include "ulam/base/error.h"

namespace ulam {

void fail_unknown(std::string_view place, std::string_view name, const std::vector<std::string>& valid) {
  const std::string near = nearest_name(name, valid);
  fail(ErrorKind::option, place, "unknown name {}, valid: {}{}", name, joined(valid),
       near.empty() ? "" : "; nearest: " + near);
}

}  // namespace ulam
