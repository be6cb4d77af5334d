#pragma once
// Small models for experiments: guided Gaussians, and a model with an error of known sign.
#include "ulam/model/model.h"

namespace ulam {

/// Two Gaussians on a line.
struct GaussianPair {
  double mean = 1, variance = .02;             // of the class asked for
  double other_mean = 0, other_variance = .5;  // of the unconditional density, or of the other class
  bool mixed = false;  // unconditional = half of each Gaussian; else it is the other Gaussian alone
};

/// eps_u + w (eps_c - eps_u) of one-dimensional densities in closed form, on the vp path; noise prediction,
/// one evaluation an answer. Rows do not depend on one another. Not differentiable.
ModelPtr guided_gaussian(const GaussianPair& pair, double w);

/// `model` (noise prediction) with eps times 1 + by (1 - t): worse at low noise, as networks are.
ModelPtr with_low_noise_error(ModelPtr model, double by);

}  // namespace ulam
