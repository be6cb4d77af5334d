#pragma once
// Frechet distance between two sets: the 2-Wasserstein distance, squared, of the Gaussians of their moments.
#include <cstdint>

#include "ulam/measure/figure.h"
#include "ulam/measure/moments.h"
#include "ulam/measure/sample_set.h"

namespace ulam {

struct FrechetOptions {
  std::int64_t groups = 64;  // of rows in each set, the units of the bootstrap; >= 2
  int replicates = 64;       // bootstrap resamples; >= 2, or 0: no error
  std::uint64_t seed = 0;
};

/// |mu_a - mu_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^(1/2)) with unbiased covariances, in double, never negative.
/// The trace of the root is the sum of the square roots of the eigenvalues of L' C_b L, C_a = L L' (Cholesky;
/// a symmetric eigendecomposition where C_a is singular), so nothing complex can appear. Sources: Dowson and
/// Landau 1982 (eq. 16); Heusel et al. 2017 (FID: features of a network). Cost: O(d^3), d = 128: 3 ms, d =
/// 784: 0.2 s.
double frechet_distance(const Moments& a, const Moments& b);

/// The distance between two sets, in the space of their rows (see features.h), streaming: memory depends on d
/// and the number of groups, not on the number of rows.
///
/// The error is the standard deviation over bootstrap resamples of groups of rows of both sets: known to
/// about sqrt(1 / 2G + 1 / 2R), 13 % with 64 groups and 64 replicates; too large, by up to a factor
/// 2, where the two distributions are nearly the same and the distance has no first-order term. The estimate
/// is biased upwards by O(1 / n); the note states the bias that the bootstrap sees. Compare sets of equal
/// size only. Fewer rows than d + 1: works, and the note says that the covariance is singular. Throws
/// Error(shape | option | numeric): shapes that differ, less than 4 rows, NaN. Cost: n d^2 + replicates (G
/// d^2 + O(d^3)).
Figure frechet_distance(const SampleSet& a, const SampleSet& b, const FrechetOptions& options = {});

}  // namespace ulam
