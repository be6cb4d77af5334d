#pragma once
// Mean and covariance of a set in one pass over blocks, in double, also by groups of rows for the bootstrap.
#include <cstdint>
#include <span>
#include <vector>

#include <ATen/core/Tensor.h>

#include "ulam/measure/sample_set.h"

namespace ulam {

/// Numbers a row beyond which no covariance is formed (512 MiB), and none by groups (8 of 128 MiB).
inline constexpr std::int64_t most_moment_dimensions = 8192, most_group_dimensions = 4096;

/// Of `rows` rows of d numbers. Row shapes are flattened.
struct Moments {
  double rows = 0;
  at::Tensor mean;     // [d] double
  at::Tensor scatter;  // [d, d] double: sum of (x - mean)(x - mean)'

  std::int64_t dimension() const;
  /// scatter / (rows - 1): unbiased. rows >= 2, else Error(option).
  at::Tensor covariance() const;
};

/// Moments of the union. Stable: differences of means only, never of raw squares. Source: Chan, Golub and
/// LeVeque 1979, eq. 2.1. Either may be empty (rows = 0). Cost: O(d^2).
Moments merged(const Moments& a, const Moments& b);
/// Moments of a block [k, d] of doubles.
Moments moments_of_rows(const at::Tensor& rows);
/// Moments of a set. Reads each row once, in blocks of at most moment_block_rows(d); memory: that block and
/// 16 d^2 bytes, whatever the size of the set. Throws what reading throws; Error(option) for an empty set or
/// more than most_moment_dimensions.
Moments moments_of(const SampleSet& set);

/// Rows that the streaming measures ask for at a time: 32 MiB of doubles, between 16 and 4096.
std::int64_t moment_block_rows(std::int64_t dimension);

/// Moments of disjoint groups of rows, of equal size up to one row. Rows are dealt to groups at random
/// (keyed), so that a set in order of classes makes no uneven groups.
struct MomentGroups {
  std::vector<double> rows;  // [G]
  at::Tensor means;          // [G, d] double
  at::Tensor scatters;       // [G, d, d] double

  std::int64_t size() const { return static_cast<std::int64_t>(rows.size()); }
  /// Of the set in which group g stands counts[g] times (all ones: the set itself). Cost: O(G d^2).
  Moments weighted(std::span<const double> counts) const;
  Moments all() const;
};

/// At most `groups` groups, fewer where the set has fewer rows than 2 a group or where they would pass 128
/// MiB (but at least 8 then); memory 8 G d^2 bytes. Reads each row once. Throws Error(option) for less than 4
/// rows, groups < 2 or more than most_group_dimensions.
MomentGroups moment_groups(const SampleSet& set, std::int64_t groups = 64, std::uint64_t seed = 0);

/// Which of `groups` groups row `row` belongs to: every run of `groups` rows is dealt one to each, in a
/// random order. A pure function of its arguments. Fills group numbers of rows first .. first + out.size()
/// - 1.
void deal_rows(std::int64_t first, std::span<std::int64_t> out, std::int64_t groups, std::uint64_t seed);

}  // namespace ulam
