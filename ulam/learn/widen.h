#pragma once
// A plan of more evaluations that ends where another ends: a start for refining that can only get better.
#include "ulam/learn/linear_plan.h"

namespace ulam {

/// Adds evaluations until there are `evaluations`, each in the middle, in half-log-SNR, of the widest gap
/// between two evaluations (or before `plan.end`, where the path is still noisy there), at the point to which
/// the last data estimate alone leads. Nothing heeds the new answers yet, so the result is the plan's to
/// rounding, at a higher price; refine() gives them their weights. Throws Error(option) for fewer evaluations
/// than the plan has, Error(unsupported) for a plan without a gap (one evaluation up to a noise-free end).
LinearPlan widened(const LinearPlan& plan, int evaluations, const Path& path);

}  // namespace ulam
