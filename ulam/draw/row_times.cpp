#include "ulam/draw/row_times.h"

#include "ulam/base/error.h"
#include "ulam/draw/adaptive.h"
#include "ulam/draw/time_shift.h"

namespace ulam {

std::shared_ptr<const RowTimes> row_times(const Plan& plan) {
  if (!plan.own.any()) return nullptr;
  if (!plan.recipe)
    fail(ErrorKind::unsupported, "plan", "rows with times of their own need the recipe, which is not there");
  if (plan.own.shift) return std::make_shared<TimeShiftRows>(plan);
  return std::make_shared<AdaptiveRows>(plan);
}

}  // namespace ulam
