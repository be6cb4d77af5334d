#pragma once
// Guidance away from another, worse model of the same kind: autoguidance and SIMS.
#include "ulam/guide/terms.h"

namespace ulam {

struct AwayOptions {
  ModelPtr from;        // same path and shape
  double strength = 1;  // D~ = D + strength (D - D_from)
  Schedule schedule;
  std::string name = "autoguidance";  // or "sims"
  std::string model;                  // as the user named it
};

/// Autoguidance: D~ = D_0 + scale (D - D_0), scale = 1 + strength, D_0 of a smaller or less trained model of
/// the same data and conditions (Karras et al. 2024, arXiv 2406.02507, eq. 3). SIMS: D~ = D + omega (D -
/// D_s), D_s fine-tuned on the model's own draws (Alemohammad et al. 2024, arXiv 2408.16333, algorithm 1):
/// the same form, omega = strength. Another head is converted. Cost: one evaluation of the other model where
/// it acts. Throws Error(option) for no model.
TermPtr make_away(const AwayOptions& options);
TermEntry autoguidance_entry();
TermEntry sims_entry();

}  // namespace ulam
