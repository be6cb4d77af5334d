#pragma once
// The best times for few steps, by dynamic programming over a fine grid.
#include <vector>

#include <ATen/core/Tensor.h>

#include "ulam/base/progress.h"
#include "ulam/draw/state.h"
#include "ulam/guide/field.h"

namespace ulam {

/// States and data estimates of converged trajectories at falling times.
struct Trajectories {
  std::vector<double> times;
  std::vector<at::Tensor> x, data;  // [rows, ...] each; data of the last time may be undefined
  std::int64_t evaluations = 0;     // rows through the model
};
/// Follows the ODE from the keyed noise of (seed, ids) along `times` by rk4 with `substeps` (in
/// half-log-SNR where it is finite) between neighbours. 4 substeps + 1 evaluations of a row an interval.
/// Empty when cancelled.
Trajectories follow(const Field& field, std::span<const std::uint64_t> ids, const Conditions& conditions,
                    std::uint64_t seed, const std::vector<double>& times, int substeps, const Watch& watch);

/// A multistep host of order 1, or 2 with a last step of order 1 (data form, half-log-SNR): `steps` of the
/// times, first and last among them, for which the sum over the steps of g(t) e is least. e: the root mean
/// square of what the step makes of the exact state with exact answers, its own and the one before, less the
/// exact state at its end; g: how much a small error grows until the end, for Gaussian data of the
/// trajectories' own variance v: sqrt((s_e^2 + a_e^2 v) / (s_t^2 + a_t^2 v)).
///
/// Assumes what makes the cost additive: errors of the steps neither cancel nor change the answers of later
/// steps, and grow by g. (An answer from two times that lie together would be extrapolated without end, which
/// exact answers do not show: steps of more than twice the one before are left out.) Then it is a bound, and
/// its minimum is exact over the grid: O(M^3) costs of 16 products from one Gram matrix for order 2, O(M^2)
/// for order 1; M to 100 is instant. Throws Error(option) for an order or a number of steps that the times do
/// not serve.
struct GridProgram {
  std::vector<double> times;  // steps + 1
  double cost = 0;
};
GridProgram best_times(const Trajectories& trajectories, const Path& path, int steps, int order);
/// The cost of given times, which must be among those of the trajectories.
double cost_of_times(const Trajectories& trajectories, const Path& path, const std::vector<double>& times,
                     int order);

}  // namespace ulam
