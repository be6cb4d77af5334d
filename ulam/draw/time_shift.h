#pragma once
// Time-shift: each row's time is the one near the plan's whose noise explains the row's variance best.
#include <vector>

#include "ulam/draw/row_times.h"

namespace ulam {

/// The times to choose from, rising towards the noise: the entries of a discrete path, else 1000 evenly from
/// t_data to t_noise (on edm, whose time is the noise level, evenly in its logarithm).
class TimeTable {
 public:
  explicit TimeTable(const Path& path);
  int size() const { return static_cast<int>(times_.size()); }
  double time(int entry) const { return times_[static_cast<std::size_t>(entry)]; }
  const Marginal& marginal(int entry) const { return marginals_[static_cast<std::size_t>(entry)]; }
  /// Where a time stands among the entries, a real number; below 0 on the clean side of them.
  double position(double t) const;

 private:
  bool logarithmic_ = false;
  double least_ = 0, width_ = 1;
  std::vector<double> times_;
  std::vector<Marginal> marginals_;
};

/// Li et al. 2024, arXiv 2305.15583, algorithm 3, with the window centred on the plan's time of the state
/// that the step has made. The first step of a row is never shifted and the end is the plan's. A window that
/// reaches past the time that the last step started from, or the next one of the plan, is cut there: node
/// times stay distinct and every step falls. The plan's own time is always a candidate; of equally good ones
/// the nearest to it is taken.
class TimeShiftRows final : public RowTimes {
 public:
  /// Throws Error(option) where the plan has none.
  explicit TimeShiftRows(const Plan& plan);
  void begin(State& state) const override;
  std::vector<bool> advance(State& state) const override;

  /// The candidate of the window around `time` for a row of this variance, strictly between `low` and `high`.
  double best(double variance, double time, double low, double high) const;

 private:
  StepTimes next(const StepTimes& done, int level, double variance) const;
  TimeShift shift_;
  Path path_;
  std::vector<double> times_;
  TimeTable table_;
};

}  // namespace ulam
