#pragma once
// Gaussian mixtures, and Gaussians as mixtures of one.
#include <vector>

#include "ulam/problems/covariance.h"
#include "ulam/problems/density.h"

namespace ulam {

struct MixturePart {
  double weight = 1;
  std::vector<double> mean;
  CovariancePtr covariance;
  int label = -1;  // class, or -1
};

/// Sum of weight_k N(mean_k, C_k); weights are normalised. Labels make the class-conditional mixtures: either
/// no part has one or all do, and every class 0 .. max has weight. Posterior mean and score by running
/// log-sum-exp over the parts in order. Throws Error(option) naming the part for weights that are negative,
/// not finite or sum to 0, for means of unequal dimension or not finite. Cost a row: the sum of the parts'
/// solves.
DensityPtr make_mixture(std::vector<MixturePart> parts);

}  // namespace ulam
