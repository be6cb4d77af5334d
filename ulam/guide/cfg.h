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
  /// cfg: as below. plusplus: the step's noise is renewed by the unconditional answer, which for a step of
  /// DDIM is a weight of scale / (1 - sigma_to / sigma_from), scale in 0 .. 1 (CFG++, Chung et al. 2024,
  /// arXiv 2406.08070, algorithm 2; weight derived here); other solvers take the same weight; needs a plan.
  /// projected: D_null's velocity is scaled, row by row, to that of D_given before the mix (CFG-Zero*, Fan et
  /// al. 2025, arXiv 2503.18886, eq. 9).
  enum class Form { cfg, plusplus, projected } form = Form::cfg;
  /// First steps in which the velocity is answered as 0, without asking any model (zero-init of CFG-Zero*).
  int zero = 0;
  Schedule schedule;
};

/// D~ = D_null + scale (D_given - D_null) where the schedule is 1, D_given where it is 0 (Ho and Salimans
/// 2022, arXiv 2207.12598, eq. 6). Cost: one evaluation more where it acts, none at scale 1; at scale 0 the
/// conditional one is not asked. Not the score of a tilted density: on Gaussians of equal variance the mean
/// moves by the scale and the variance stays.
TermPtr make_cfg(const CfgOptions& options);
TermEntry cfg_entry();

}  // namespace ulam
