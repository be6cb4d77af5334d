#pragma once
// Adaptive projected guidance: classifier-free guidance without the part that saturates.
#include "ulam/guide/terms.h"

namespace ulam {

struct ApgOptions {
  double scale = 3;       // as of cfg: 1 is the conditional model
  double parallel = 0;    // share kept of the part along the conditional estimate; 1: all, as cfg
  double momentum = -.5;  // of the difference over the steps; 0: none
  double norm = 0;        // most norm of the difference of a row; 0: any
  Schedule schedule;
};

/// D~ = D_c + (scale - 1) (d_orthogonal + parallel d_parallel), d = D_c - D_null + momentum * (d of the step
/// before), cut to `norm`, and split along D_c row by row (Sadat et al. 2024, arXiv 2410.02416, algorithm 1).
/// With parallel = 1, momentum = 0 and norm = 0 it is cfg. Remembers d. Not an affine mix: the same in every
/// head, since it is worked out on D. Cost: one evaluation more where it acts. Throws Error(option).
TermPtr make_apg(const ApgOptions& options);
TermEntry apg_entry();

}  // namespace ulam
