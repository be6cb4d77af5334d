#include "ulam/guide/memory.h"

#include <ATen/ATen.h>

namespace ulam {

at::Tensor recall(const TermMemory& memory, const std::string& name) {
  for (const Remembered& r : memory)
    if (r.name == name) return r.rows;
  return {};
}

void remember(TermMemory& memory, const std::string& name, at::Tensor rows) {
  for (Remembered& r : memory)
    if (r.name == name) {
      r.rows = std::move(rows);
      return;
    }
  memory.push_back({name, std::move(rows)});
}

}  // namespace ulam
