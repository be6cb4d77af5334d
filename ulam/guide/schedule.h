#pragma once
// When a guidance term acts, and how strongly.
#include <limits>
#include <string>
#include <vector>

#include "ulam/base/options.h"

namespace ulam {

/// A factor on a term's weight: `table` (or 1) inside both windows, 0 outside.
struct Schedule {
  /// low < s/a <= high: the guidance interval (Kynkaanniemi et al. 2024, arXiv 2404.07724). Independent of
  /// the solver.
  double low = 0, high = std::numeric_limits<double>::infinity();
  /// Steps int(start N) <= i < int(stop N) of N.
  double start = 0, stop = 1;
  /// A factor a step; the last one stands for all that follow. Empty: 1.
  std::vector<double> table;

  /// `sigma` = s/a, infinite at a = 0. `steps` 0: no fraction is known, the second window is open.
  double factor(double sigma, int step, int steps) const;
  /// Whether the factor depends on s/a alone, on no step's number.
  bool of_time() const { return start <= 0 && stop >= 1 && table.empty(); }
  /// "low=0.2,high=2" without what stands at its default; "" where nothing differs.
  std::string text() const;
};

/// low, high, start, stop, table: for the tables of terms.
std::vector<Parameter> schedule_parameters();
/// From options that have those parameters. Throws Error(option) for a window that is empty, or a factor that
/// is no number.
Schedule schedule_of(const Options& options, const std::string& place);

}  // namespace ulam
