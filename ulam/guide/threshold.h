#pragma once
// Dynamic thresholding: the data estimate of a row is cut at a high quantile of its own and scaled back.
#include "ulam/guide/post_operation.h"

namespace ulam {

struct ThresholdOptions {
  double quantile = 0.995;  // of |u|, in (0, 1]
  double floor = 1;         // least scale, above 0
  double cap = 0;           // most scale, at least floor; 0 = none
};

/// Per row, with u = D in units of the model's data range (u = (D - middle) / half width; D itself where data
/// lie in [-1, 1]): S = max(quantile of |u|, floor), at most cap; u <- clamp(u, -S, S) / S. The quantile is
/// interpolated linearly between order statistics. With floor = 1 a row whose quantile lies within the range
/// is only clipped. NaN makes its row NaN. For pictures in pixels; it ruins latents, which have no range.
/// Throws Error(option). Cost: a partial sort of each row. Source: Saharia et al. 2022, arXiv 2205.11487,
/// section 2.3.
PostOperationPtr make_threshold(const ThresholdOptions& options);
/// threshold:quantile=0.995,floor=1,cap=0
PostOperationEntry threshold_entry();

}  // namespace ulam
