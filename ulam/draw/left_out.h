#pragma once
// Layers of a network that a plan leaves out at some of its steps.
#include "ulam/draw/plan.h"
#include "ulam/model/model.h"

namespace ulam {

/// Throws Error(option) when the plan leaves a module out that the model does not offer for it
/// (modules_to_leave_out()).
void check_left_out(const Plan& plan, const ModelInfo& info);

}  // namespace ulam
