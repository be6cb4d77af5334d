#pragma once
// Distances between blocks of rows, in double.
#include <cstdint>

#include <ATen/core/Tensor.h>

namespace ulam {

/// Rows that pairwise measures read at a time: 1,024, fewer (at least 16) where they would pass 32 MiB of
/// doubles. A block of pairs then holds at most 8 MiB.
std::int64_t pair_block_rows(std::int64_t dimension);

/// Squared Euclidean distances [m, n] between the rows of x [m, d] and y [n, d], doubles, by one matrix
/// product. A distance below 1e-7 of the rows' lengths would be rounding alone and comes back as exactly 0,
/// so equal rows are at distance 0; rows centred beforehand lose the fewest digits. Throws Error(shape).
at::Tensor squared_distances(const at::Tensor& x, const at::Tensor& y);

}  // namespace ulam
