#pragma once
// How sure a classifier is of a class: a reward of samples, with a gradient.
#include <functional>

#include <ATen/core/Tensor.h>

#include "ulam/model/model.h"

namespace ulam {

/// log p(label | row) in double, [rows]: `samples` [rows, shape...] in the classifier's range, at the data
/// end of its path; `labels` int64 [rows]. Differentiable in `samples` where gradients are on. Evaluated in
/// calls of info().row_limit rows (64 where there is no preference). Throws Error(unsupported) for a model
/// without classes, Error(shape) for unequal counts, Error(option) for a label out of range. Cost: one
/// evaluation a row.
at::Tensor class_log_probability(const Model& classifier, const at::Tensor& samples,
                                 const at::Tensor& labels);

/// The reward log p(label | row) of one class for all rows, as reward_score and others take it.
std::function<at::Tensor(const at::Tensor& samples)> class_reward(ModelPtr classifier, std::int64_t label);

}  // namespace ulam
