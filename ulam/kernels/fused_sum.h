#pragma once
// Weighted sums of up to eight arrays, unrolled, on each instruction set. Private to the kernels.
#include <cstdint>
#include <type_traits>

#include "ulam/kernels/isa.h"

namespace ulam::kernels {

inline constexpr int most_terms = 8;

/// out[e] = x[0][e] * w[0] + x[1][e] * w[1] + ... in this order, each product and sum rounded; 0 without
/// terms. `out` may be one of the x. The caller picks `terms` <= most_terms. T is float or double.
template <typename T>
using WeightedSum = void (*)(const T* const* x, const T* w, std::int64_t n, T* out);
template <typename T>
WeightedSum<T> weighted_sum(int terms, Isa isa);

/// Two sums over the same arrays, each array read once. `keep`: all ones where the term takes part, 0 where
/// it does not (a sum needs at least one that does). Both outputs may be among the x.
template <typename T>
struct PairTerms {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  const T* x[most_terms];
  T w[2][most_terms];
  Bits keep[2][most_terms];
};
template <typename T>
using PairSum = void (*)(const PairTerms<T>& terms, std::int64_t n, T* first, T* second);
template <typename T>
PairSum<T> pair_sum(int terms, bool dense,
                    Isa isa);  // 1 <= terms <= most_terms; dense: all take part in both

}  // namespace ulam::kernels
