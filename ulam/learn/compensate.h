#pragma once
// The ratios of dynamic compensation, one step after the other, each by a search on a line.
#include <functional>
#include <vector>

#include <ATen/core/Tensor.h>

#include "ulam/learn/unified.h"

namespace ulam {

/// D(x, t) of rows x [rows, ...].
using DataEstimate = std::function<at::Tensor(const at::Tensor& x, double t)>;

/// A general plan run on tensors: the end, and the D that were asked for. The first known.size() evaluations
/// are taken from `known` and not asked for again.
struct LinearRun {
  at::Tensor end;
  std::vector<at::Tensor> data;
};
LinearRun run_linear(const LinearPlan& plan, const at::Tensor& start, std::vector<at::Tensor> known,
                     const DataEstimate& estimate);

struct CompensationFit {
  std::vector<double> ratios;    // a step each; 1 while there are fewer than three points
  std::vector<double> loss;      // of each step at its ratio: mean square distance to the reference
  std::vector<double> without;   // at 1, from the same state: never below `loss`
  std::int64_t evaluations = 0;  // rows through the model
};

/// Greedy: with everything before held at its best, the ratio of step i makes the mean square distance of the
/// state at times[i + 1] to `reference(times[i + 1])` least; the state is the corrected one where the step
/// has a correction, which takes the model's answer there. A grid of 9 ratios from 0 to 2 and three finer
/// ones around the best: 27 evaluations of each row a step, and no gradient. A dozen rows do; on more steps
/// than some 8 so few over-fit. `start`: states at times[0]; `reference`: rows in the same order. Other genes
/// of the host stay. Source: Zhao et al. 2024, arXiv 2409.03755, section 3.3 (there by gradient).
CompensationFit fit_ratios(const UnifiedRecipe& host, const Path& path, const at::Tensor& start,
                           const std::function<at::Tensor(double time)>& reference,
                           const DataEstimate& estimate);

}  // namespace ulam
