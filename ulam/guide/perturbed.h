#pragma once
// Guidance away from the same network with some of its modules disturbed: pag, seg, slg.
#include "ulam/guide/terms.h"

namespace ulam {

struct PerturbedOptions {
  Perturbation::Kind kind = Perturbation::Kind::identity_attention;
  double strength = 2;
  std::vector<std::string> modules;  // empty: chosen by the model, see make_perturbed
  double blur = 1e9;                 // seg: deviation of the blur of the queries, in places
  Schedule schedule;
};

/// D~ = D + strength (D - D^), D^ of the same network, input and condition with the modules disturbed:
/// attention maps set to the identity (PAG, Ahn et al. 2024, arXiv 2403.17377, eq. 13), queries blurred (SEG,
/// Hong 2024, arXiv 2408.00760), modules skipped (SLG). Without modules: for attention the middle block's,
/// else all that the model has; for skips the middle block. Cost: one evaluation more where it acts.
TermPtr make_perturbed(const PerturbedOptions& options);
TermEntry pag_entry();
TermEntry seg_entry();
TermEntry slg_entry();

}  // namespace ulam
