#pragma once
// From a picture to the noise that it could have been drawn from: DDIM backwards.
#include <vector>

#include "ulam/guide/field.h"

namespace ulam {

/// The noisy pictures of data x0 [rows, ...] at every time of a falling list, as [rows, times, ...]: the last
/// is a x0, and from each the step of DDIM is taken upwards with the noise that the field predicts below:
///
///   x' = (a'/a) x + (s' - (a'/a) s) eps(x, t)
///
/// (Titov et al. 2024, arXiv 2409.01322, appendix A; with eps at the upper end it would be the draw's exact
/// inverse, so the way there and back misses x0 by O(1/steps)). At a last time with s = 0, where no noise can
/// be read, eps is asked for at the time before it. Conditions as Field::answer takes them; guidance terms
/// act, and should not. Returns nothing (an undefined tensor) where watch.cancel was set. Throws
/// Error(option) for fewer than two times, for times that do not fall within the path, and for a path with a
/// centre. Cost: times - 1 evaluations a row.
at::Tensor invert(const Field& field, const at::Tensor& x0, const std::vector<double>& times,
                  const Conditions& conditions, Ledger& ledger, const Watch& watch);

}  // namespace ulam
