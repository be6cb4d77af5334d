#pragma once
// What guidance terms may know of the step that an answer is for.
#include "ulam/draw/own_times.h"
#include "ulam/draw/plan.h"
#include "ulam/guide/term.h"

namespace ulam {

/// Of a move that evaluates: the step's times, the variance of the noise that its row to x adds, and the
/// coefficient of the answer in that row; both 0 where it has none.
StepKernel step_kernel(const Move& move, const StepTimes& times);
/// Whether an evaluation comes before move number `move`.
bool evaluates_before(const Variant& variant, std::size_t move);

}  // namespace ulam
