#pragma once
// Weighted sums of up to eight arrays, unrolled, on each instruction set. Private to the kernels.
#include <cstdint>

#include "ulam/kernels/isa.h"

namespace ulam::kernels {

inline constexpr int most_terms = 8;

/// out[e] = x[0][e] * w[0] + x[1][e] * w[1] + ... in this order, each product and sum rounded; 0 without
/// terms. `out` may be one of the x. The caller picks `terms` <= most_terms. T is float or double.
template <typename T>
using WeightedSum = void (*)(const T* const* x, const T* w, std::int64_t n, T* out);
template <typename T>
WeightedSum<T> weighted_sum(int terms, Isa isa);

/// Copies past the caches, for results too large to be read from them; ends with a fence.
template <typename T>
void stream_copy(const T* from, std::int64_t n, T* to);

}  // namespace ulam::kernels
