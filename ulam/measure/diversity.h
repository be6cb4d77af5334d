#pragma once
// Effective number of different samples in one set, without a reference.
#include <cstdint>

#include "ulam/measure/figure.h"
#include "ulam/measure/sample_set.h"

namespace ulam {

struct DiversityOptions {
  std::int64_t groups = 64;  // as in FrechetOptions
  int replicates = 64;
  std::uint64_t seed = 0;
};

/// Vendi score with the cosine kernel: exp of the entropy of the eigenvalues of K / n, K_ij = x_i.x_j /
/// (|x_i| |x_j|) (Friedman and Dieng 2023, def. 3.1). Between 1 (all rows parallel) and min(n, d) (orthogonal
/// rows, equally often). K / n shares its nonzero eigenvalues with the d x d second moment of the unit rows,
/// so the set is streamed: memory does not grow with n. The error is a bootstrap over groups of rows. A row
/// of zeros has no direction: Error(numeric) naming it. Needs 4 rows, else Error(option). Cost: n d^2 +
/// replicates (G d^2 + O(d^3)).
Figure vendi_score(const SampleSet& set, const DiversityOptions& options = {});

}  // namespace ulam
