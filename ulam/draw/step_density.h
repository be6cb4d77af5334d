#pragma once
// The density of a stochastic step: where noise enters last, the next x is normal with known mean and
// deviation.
#include "ulam/draw/plan.h"
#include "ulam/draw/state.h"

namespace ulam {

/// Whether the moves are one move whose only noise is in its row to x.
bool has_density(const Variant& variant);

/// log N(after; mean, noise^2) per row of a step, double [rows]: sum over the row's numbers of -z^2/2 - log
/// noise - log(2 pi)/2 with z = (after - mean) / noise. `before`: rows at one level with one history, whose
/// nodes the variant was compiled for; `answer`: the field's prediction at before.x. Throws
/// Error(unsupported) naming the step for a step without a density.
at::Tensor step_log_density(const Plan& plan, const Variant& variant, int step, const State& before,
                            const at::Tensor& answer, const at::Tensor& after);
/// The same with the plan's own variant for the history that `before` has.
at::Tensor step_log_density(const Plan& plan, int step, const State& before, const at::Tensor& answer,
                            const at::Tensor& after);

}  // namespace ulam
