#pragma once
// Optimal-transport distances between two sets of samples: sliced for any size, exact for small ones.
#include <cstdint>
#include <span>

#include "ulam/base/progress.h"
#include "ulam/measure/figure.h"
#include "ulam/measure/sample_set.h"

namespace ulam {

/// W_p of two sets of numbers of equal weight each within its set, p = 1 or 2: (integral over u in (0, 1) of
/// |F^-1(u) - G^-1(u)|^p)^(1/p), exact for unequal sizes (the quantile functions are steps). Both non-empty
/// and finite, else Error(option | numeric). Cost: sorting. Source: Santambrogio 2015, proposition 2.17.
double wasserstein_1d(std::span<const double> a, std::span<const double> b, int p);

struct SlicedOptions {
  int directions = 256;  // at least 2
  int replicates = 32;   // of the bootstrap over rows; at least 2
  std::uint64_t seed = 0;
  Watch watch;
};
/// Sliced W2: sqrt(mean over directions on the unit sphere of W2^2 of the projections). Figure "sliced".
///
/// Two Gaussians of equal covariance whose means lie m apart have m / sqrt(dimension). Error: bootstrap of
/// the rows of both sets at the same directions, and the scatter over directions, added in squares and
/// carried through the root; too large by up to 1.9 where the two distributions are equal, where the distance
/// has no first-order term. Bias: upward by the sampling noise of both sets; two sets from one source lie
/// about n^(-1/2) deviations apart, not 0, so compare with the floor of two real sets of this size.
/// Directions are a pure function of (seed, number). Memory: 16 projections of each row at a time. Cost:
/// (directions / 16) passes over both sets, n log n + replicates * n a direction; 2 s at 2,048 rows of 784.
/// Throws Error(shape) for sets of different shape, Error(option) for fewer than 2 rows, Error(cancelled).
/// Source: Bonneel et al. 2015, J. Math. Imaging Vision 51.
Figure sliced_wasserstein(const SampleSet& a, const SampleSet& b, const SlicedOptions& options = {});

struct ExactOptions {
  int p = 2;                // 1: mean distance carried; 2: root of the mean squared distance
  std::int64_t subset = 0;  // 0: all rows, refused above transport_limit; else at most this many, keyed
  std::uint64_t seed = 0;   // of the subset
};
/// Exact W1 or W2 (Euclidean ground distance) by the network simplex. Figure "w1" or "w2".
///
/// Error: from the variance of the optimal Kantorovich potentials over the rows of each set (the central
/// limit theorem of del Barrio & Loubes 2019, Ann. Probab. 47(2); W1: their argument with the dual of W1),
/// carried through the root; too large by up to 1.5 where the two distributions are equal. Bias: upward,
/// shrinking as n^(-1/dimension) only; compare with the floor of two real sets of this size, and never across
/// sizes. With a subset the figure is that of the subset and says so. Throws Error(shape) for sets of
/// different shape, Error(option) for fewer than 2 rows or more than transport_limit a side without a subset.
/// Cost: memory 70 bytes a pair, 1.5 s at 2,048 a side.
Figure exact_wasserstein(const SampleSet& a, const SampleSet& b, const ExactOptions& options = {});

/// The first k entries of a keyed shuffle of 0 .. n - 1, in increasing order; k <= n, n < 2^32.
std::vector<std::int64_t> keyed_subset(std::int64_t n, std::int64_t k, std::uint64_t seed);

}  // namespace ulam
