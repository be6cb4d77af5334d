#pragma once
// Adaptive steps: every row chooses the length of its steps and takes back those that were too long.
#include "ulam/draw/row_times.h"

namespace ulam {

/// What a row has behind it; in State::numbers, in this order.
struct AdaptiveRow {
  double length = 0;           // of the next step, in half-log-SNR; 0: not begun
  double last = 1, older = 1;  // 1 / error of the two accepted steps before
  double accepted = 0, rejected = 0;
  double hurried = 0;  // 1: the last step that the plan allows went to the end whatever its error
};

/// The next length and whether the step stands: the factor on the length is e^-(p+i+d)/q e1^(p+2d)/q
/// e2^-(d/q), softly limited to (0.21, 2.57) by 1 + atan(. - 1); the step stands where it is at least
/// `safety`. `order` q.
bool control(const Adaptive& adaptive, int order, double error, double length, AdaptiveRow& row);

/// The embedded pair decides row by row. A row begins with a step of length `first`, and goes on from an
/// accepted step, or from where it was after a rejected one. Levels count the steps tried: a row that is done
/// earlier is at the last level at once; one that has a single level left goes to the end whatever the error,
/// and is marked hurried. Steps from a = 0 or to s = 0 are the plan's and have no estimate.
class AdaptiveRows final : public RowTimes {
 public:
  explicit AdaptiveRows(const Plan& plan);
  void begin(State& state) const override;
  std::vector<bool> advance(State& state) const override;

 private:
  double target(double from, double length, int level) const;
  Adaptive adaptive_;
  Path path_;
  std::vector<double> times_;
  int order_, first_, last_;  // levels between which steps are adaptive
  int kept_, low_, scale_;    // registers
};

/// Of the rows of a finished draw: {steps tried, of them rejected, rows hurried}.
struct AdaptiveReport {
  std::int64_t tried = 0, rejected = 0, hurried = 0;
};
AdaptiveReport adaptive_report(const State& state);

}  // namespace ulam
