#pragma once
// The numbers of a plan, times and coefficients, fitted to trajectories by Levenberg and Marquardt's method.
#include <cstdint>
#include <functional>

#include <ATen/core/Tensor.h>
#include <nlohmann/json_fwd.hpp>

#include "ulam/base/progress.h"
#include "ulam/learn/linear_plan.h"

namespace ulam {

/// Runs a plan on the training samples: end points [rows, ...].
using EndPoints = std::function<at::Tensor(const Plan& plan)>;

struct RefineOptions {
  int most_rounds = 12;      // each costs one run a parameter and a few trials
  double least_gain = 0.01;  // a round that lowers the error by less than this share is the last
  double difference = 1e-3;  // of the difference quotients, in the parameters' own scale
  double ridge = 1e-4;       // pull towards the start, relative to the fit's mean curvature
};

/// What is carried from round to round; a value, so that a search can be stopped and resumed.
struct RefineState {
  std::vector<double> parameters;  // empty = at the start
  double error = -1;               // RMSE of the parameters, -1 = not known
  double damping = 1e-2;
  int round = 0;
  bool finished = false;
};

/// To JSON and back, exactly. Throws what nlohmann::json throws for another value.
nlohmann::json refine_state_json(const RefineState& state);
RefineState refine_state_from(const nlohmann::json& json);

/// The plan at some parameters (0 = the start itself). Parameters in order: inner evaluation times in
/// half-log-SNR, as shares of the gap beside them (the first time is one of them after a step without
/// evaluation, and that step's factor follows); then for every point the factor on x (as a share of the
/// noise level) and on every data estimate. Throws Error(option) where the times do not fall.
class PlanParameters {
 public:
  explicit PlanParameters(const Plan& start);
  std::size_t size() const { return size_; }
  Plan plan(const std::vector<double>& parameters) const;
  /// The same in its general form; does not look at the times.
  LinearPlan linear(const std::vector<double>& parameters) const;

 private:
  Plan start_;
  LinearPlan linear_;
  std::vector<std::size_t> free_times_;
  std::size_t size_ = 0;
};

/// One round: difference quotients of all end points (size() runs), then damped steps until the error
/// falls (at most 8 runs). RMSE over all elements against `target`. A round that finds nothing better sets
/// `finished`. Never raises the error. `watch.cancel` is looked at before every run; a cancelled round leaves
/// the state as it was and returns false. Source: Marquardt 1963; the search space of Shaul et al. 2024,
/// arXiv 2403.01329.
bool refine_round(const PlanParameters& parameters, const EndPoints& run, const at::Tensor& target,
                  const RefineOptions& options, RefineState& state, const Watch& watch);

/// Root of the mean square difference over all elements, in double.
double rmse(const at::Tensor& a, const at::Tensor& b);

}  // namespace ulam
