#pragma once
// Rows with times of their own in place of the plan's: what a row then carries, and by which rule.
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace ulam {

/// The times of one step of one row.
struct StepTimes {
  double from = std::numeric_limits<double>::quiet_NaN();  // NaN: all four are the plan's
  double to = 0;
  double reached = 0;  // where the step before ended: what a corrector makes again
  double asked = 0;    // what the model is told where it is asked at `from`

  static StepTimes plain(double from, double to) { return {from, to, from, from}; }
  bool own() const { return !std::isnan(from); }
  friend bool operator==(const StepTimes&, const StepTimes&) = default;
};

/// The time of a row is read off its own variance (arXiv 2305.15583, algorithm 3). Off at window 0.
struct TimeShift {
  /// paper: the step starts from the shifted time, model, coefficients and history alike. target: the model
  /// is asked at the plan's time and the step goes to a shifted one, which is then forgotten (the authors'
  /// programs for DDIM, PNDM and ADM). evaluate: only the model is told the shifted time (their program for
  /// DEIS).
  enum class Mode { paper, target, evaluate };
  double window = 0;  // width, in entries of the table of times
  double cutoff = 1;  // no shift of states at or below this share of the table
  Mode mode = Mode::paper;
  double data_variance = 0;  // variance of the numbers of one sample; 0: the paper's rule
  friend bool operator==(const TimeShift&, const TimeShift&) = default;
};

/// Steps of a length of their own in half-log-SNR, chosen row by row from an embedded error estimate, tried
/// again where it is too large (Lu et al. 2022, arXiv 2206.00927, appendix; controller of k-diffusion).
struct Adaptive {
  double rtol = 0.05, atol = 0.0078;
  double first = 0.05;                                    // length of the first step
  double proportional = 0, integral = 1, derivative = 0;  // gains of the controller
  double safety = 0.81;                                   // least factor of an accepted step
  int most = 0;  // evaluations a row may cost; 0: as many steps as the grid has
  friend bool operator==(const Adaptive&, const Adaptive&) = default;
};

/// At most one of them.
struct OwnTimes {
  std::optional<TimeShift> shift;
  std::optional<Adaptive> adaptive;
  bool any() const { return shift.has_value() || adaptive.has_value(); }
  friend bool operator==(const OwnTimes&, const OwnTimes&) = default;
};
const char* name_of(TimeShift::Mode mode);
/// "paper", "target" or "evaluate". Throws Error(option).
TimeShift::Mode parse_shift_mode(const std::string& name, const std::string& place);
/// As a part of a plan's JSON and hash.
nlohmann::json own_times_json(const OwnTimes& own);

}  // namespace ulam
