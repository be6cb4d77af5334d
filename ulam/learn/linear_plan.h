#pragma once
// A deterministic plan of n evaluations in its general form: every point is a combination of the point before
// and of all data estimates so far.
#include <optional>
#include <vector>

#include "ulam/draw/plan.h"

namespace ulam {

/// x_{k+1} = keep[k] x_k + sum_{j <= k} of[k][j] D_j, D_j = D(x_j, times[j]), k = 0 .. n - 1; x_n is the
/// result. Every linear method of n evaluations is one of these: multistep, Runge-Kutta, with correctors or
/// edits (Shaul et al. 2024, arXiv 2403.01329, section 3: non-stationary solvers).
struct LinearPlan {
  std::vector<double> times;    // n evaluations; equal ones are stages of one step
  double end = 0;               // time of the result
  std::optional<double> start;  // where a first step without evaluation begins: x_0 = enter x_start
  double enter = 1;             // factor of that step
  std::vector<double> keep;     // n
  std::vector<std::vector<std::string>> left_out{};  // n lists of modules, see Move; empty: nothing
  std::vector<std::vector<double>> of;               // of[k] has k + 1 entries
  int evaluations() const { return static_cast<int>(times.size()); }
};

/// The general form of a plan, by following its moves from a start without history; exact but for rounding.
/// Throws Error(unsupported): a plan with noise, a step that does not keep x, an evaluation that does not
/// give D (a noise prediction at a = 0).
LinearPlan linear_plan(const Plan& plan);

/// Fills keep and of from the n + 1 points as combinations of the start state (entry 0) and of D_j (entry 1 +
/// j). Throws Error(unsupported) where a point forgets the start state and a later one does not.
void general_form(const std::vector<std::vector<double>>& points, LinearPlan& out);

/// Back to a plan of one move an evaluation, the data estimates in registers: n - 1 tensors beside x, and a
/// draw must begin at the first level. Evaluations at one time are moves of one step, those at `end` of
/// the last. `like` gives path and
/// head. Throws Error(option) for times that rise.
Plan plan_of(const LinearPlan& linear, const Plan& like);

}  // namespace ulam
