#pragma once
// A plan's coefficients and times by gradient: autograd through the draw and the model.
#include <cstdint>
#include <functional>
#include <vector>

#include <ATen/core/Tensor.h>

#include "ulam/base/ledger.h"
#include "ulam/guide/field.h"
#include "ulam/learn/refine.h"

namespace ulam {

/// A scalar tensor of the end points that autograd can follow; lower is better.
using EndLoss = std::function<at::Tensor(const at::Tensor& samples)>;

struct PlanGradient {
  double loss = 0;
  std::vector<double> times, keep;      // d loss / d times[k], keep[k]
  std::vector<std::vector<double>> of;  // d loss / d of[k][j]
};
/// Gradient of the loss in all numbers of a general plan. Coefficients by autograd; a time acts through the
/// model alone (coefficients are numbers of their own), whose models offer no derivative in it: each answer
/// is asked for once more at a time moved by `difference` of the gap to the next one, and the change meets
/// the adjoint of the answer. 2 n evaluations a row, n of them with a graph. `start`: states at the first
/// time. The model must be differentiable in x. Throws what the field throws; Error(numeric) for a loss that
/// is not finite.
PlanGradient plan_gradient(const LinearPlan& plan, const Field& field, const at::Tensor& start,
                           const Conditions& conditions, const EndLoss& loss, double difference,
                           Ledger& ledger, const Watch& watch);

struct GradientOptions {
  int most_updates = 150;
  double rate = 0.02;        // of Adam, falling linearly to 0, in the parameters' own scale
  double difference = 1e-3;  // of times, as a share of their gap
};
/// A value, so that a fit can be stopped and resumed.
struct GradientState {
  std::vector<double> parameters, m, v;  // Adam's; empty = at the start
  std::vector<double> best;              // the parameters of least loss so far
  double loss = -1;                      // theirs; -1 = not known
  int update = 0;
  bool finished = false;
};
/// One update of Adam on the parameters of a plan (see PlanParameters), from the gradient of plan_gradient.
/// `best` never gets worse; a step that leaves the valid plans is halved until it does not. A cancelled
/// update leaves the state as it was and returns false.
bool gradient_update(const PlanParameters& parameters, const Field& field, const at::Tensor& noise,
                     const Conditions& conditions, const EndLoss& loss, const GradientOptions& options,
                     GradientState& state, Ledger& ledger, const Watch& watch);

}  // namespace ulam
