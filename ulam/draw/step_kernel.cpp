#include "ulam/draw/step_kernel.h"

#include <algorithm>

namespace ulam {

StepKernel step_kernel(const Move& move, const StepTimes& times) {
  StepKernel out;
  out.from = times.from;
  out.to = times.to;
  for (const Row& row : move.rows)
    if (row.to == Row::To::x && move.time && !row.of.empty()) {
      out.variance = row.noise * row.noise;
      out.share = row.of.back();
    }
  return out;
}

bool evaluates_before(const Variant& variant, std::size_t move) {
  return std::any_of(variant.moves.begin(), variant.moves.begin() + static_cast<std::ptrdiff_t>(move),
                     [](const Move& m) { return m.time.has_value(); });
}

}  // namespace ulam
