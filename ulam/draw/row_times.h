#pragma once
// Who sets the times of rows.
#include <memory>

#include "ulam/draw/plan.h"
#include "ulam/draw/state.h"

namespace ulam {

/// What sets the times of rows between the steps of a draw. What it gives a row depends on that row only.
class RowTimes {
 public:
  virtual ~RowTimes() = default;
  /// Before a step: times for rows that need them and have none (a start).
  virtual void begin(State& state) const = 0;
  /// After a step (levels already count it; state.times are still those of the step): the times of the next
  /// one. May put x back, and may send a row to the last level. Returns which rows' steps were taken back;
  /// empty: none.
  virtual std::vector<bool> advance(State& state) const = 0;
};
/// Nothing where the plan's own times rule. Throws Error(unsupported) where the plan has lost its recipe.
std::shared_ptr<const RowTimes> row_times(const Plan& plan);

}  // namespace ulam
