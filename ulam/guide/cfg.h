#pragma once
// Classifier-free guidance.
#include "ulam/guide/terms.h"

namespace ulam {

struct CfgOptions {
  /// 0 is the unconditional model, 1 the conditional one. (Others count from the conditional model: that is
  /// strength = scale - 1.)
  double scale = 2;
  /// Share of the mix whose deviation a row is set back to that of the conditional answer, in the model's own
  /// output; 0 = none, 0.7 is usual (Lin et al. 2023, arXiv 2305.08891, eq. 15 and 16).
  double rescale = 0;
  Schedule schedule;
};

/// D~ = D_null + scale (D_given - D_null) where the schedule is 1, D_given where it is 0 (Ho and Salimans
/// 2022, arXiv 2207.12598, eq. 6). Cost: one evaluation more where it acts, none at scale 1; at scale 0 the
/// conditional one is not asked. Not the score of a tilted density: on Gaussians of equal variance the mean
/// moves by the scale and the variance stays.
TermPtr make_cfg(const CfgOptions& options);
TermEntry cfg_entry();

}  // namespace ulam
