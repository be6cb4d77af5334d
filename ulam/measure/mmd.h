#pragma once
// Kernel maximum mean discrepancy between two sets, unbiased, with a two-sample test.
#include <cstdint>

#include "ulam/measure/figure.h"
#include "ulam/measure/sample_set.h"

namespace ulam {

enum class MmdKernel {
  polynomial,  // (x.y / d + 1)^3; in features of a network this is KID (Binkowski et al. 2018, sec. 4)
  gaussian,    // exp(-|x - y|^2 / (2 h^2))
};

struct MmdOptions {
  MmdKernel kernel = MmdKernel::polynomial;
  double bandwidth = 0;  // h of the Gaussian kernel; 0: the median distance of 1,000 keyed rows of both sets
  int permutations = 999;  // of the test; 0: no test
  std::uint64_t seed = 0;
};

struct MmdResult {
  Figure distance;  // "kid" or "mmd": the squared discrepancy; may be negative, 0 in the mean for equal laws
  Figure p_value;   // "kid p" or "mmd p"; rows = 0 without a test
  double bandwidth = 0;  // that was used
};

/// mean k(x, x') + mean k(y, y') - 2 mean k(x, y) without the pairs of a row with itself: unbiased whatever
/// the sizes (Gretton et al. 2012, eq. 3). The error is the jackknife over rows of both sets: consistent away
/// from 0, too large by sqrt(2) on average where the two laws are equal (Efron and Stein 1981).
///
/// The p-value is that of a permutation test in which groups of rows (64 or more of the smaller set) change
/// sides: exact for exchangeable rows, (1 + permutations at least as large) / (1 + permutations).
///
/// Kernel blocks are worked out and dropped: memory does not grow with the sets but for 32 bytes a row. Cost:
/// (n_a + n_b)^2 d operations: 2,048 x 2,048 of 128 in 0.1 s of one core, 50,000 x 50,000 in a minute. Needs
/// 4 rows a set. Throws Error(shape | option | numeric).
MmdResult kernel_mmd(const SampleSet& a, const SampleSet& b, const MmdOptions& options = {});

}  // namespace ulam
