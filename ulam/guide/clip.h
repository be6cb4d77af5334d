#pragma once
// The data estimate cut to the range of the data.
#include <optional>

#include "ulam/guide/post_operation.h"

namespace ulam {

/// D <- clamp(D, low, high); where one is not given, the model's info().data_low or data_high. Throws
/// Error(option) for ends that are not finite or not in order. Source: Ho et al. 2020, arXiv 2006.11239 (the
/// clipped x0 of its samplers).
PostOperationPtr make_clip(std::optional<double> low = {}, std::optional<double> high = {});
/// clip, clip:low=0,high=1
PostOperationEntry clip_entry();

}  // namespace ulam
