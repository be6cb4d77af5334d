#include "ulam/kernels/fused_sum.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace ulam::kernels {
namespace {

template <typename T, std::size_t... I>
ULAM_INLINE void sum_terms(const T* const* x, const T* w, std::int64_t n, T* out, std::index_sequence<I...>) {
  // Local copies: a store to out could otherwise change them.
  const T* const in[] = {x[0], x[I + 1]...};
  const T weight[] = {w[0], w[I + 1]...};
  ULAM_INDEPENDENT
  for (std::int64_t e = 0; e < n; ++e) {
    T sum = weight[0] * in[0][e];
    ((sum += weight[I + 1] * in[I + 1][e]), ...);
    out[e] = sum;
  }
}

template <typename T, int N>
ULAM_INLINE void sum_or_zero(const T* const* x, const T* w, std::int64_t n, T* out) {
  if constexpr (N == 0)
    std::fill_n(out, n, T{0});
  else
    sum_terms(x, w, n, out, std::make_index_sequence<N - 1>{});
}

// A term that takes no part becomes -0, which changes no sum, not even -0.
template <typename T>
ULAM_INLINE T kept(T term, typename PairTerms<T>::Bits keep) {
  using Bits = typename PairTerms<T>::Bits;
  constexpr Bits minus_zero = Bits{1} << (8 * sizeof(T) - 1);
  return std::bit_cast<T>((std::bit_cast<Bits>(term) & keep) | (minus_zero & ~keep));
}

template <bool dense, typename T, std::size_t... I>
ULAM_INLINE void sum_pair(const PairTerms<T>& terms, std::int64_t n, T* first, T* second,
                          std::index_sequence<I...>) {
  using Bits = typename PairTerms<T>::Bits;
  const T* const in[] = {terms.x[I]...};
  const T w0[] = {terms.w[0][I]...}, w1[] = {terms.w[1][I]...};
  [[maybe_unused]] const Bits k0[] = {terms.keep[0][I]...}, k1[] = {terms.keep[1][I]...};
  ULAM_INDEPENDENT
  for (std::int64_t e = 0; e < n; ++e) {
    const T x[] = {in[I][e]...};
    T sum0 = -T{0}, sum1 = -T{0};
    ((sum0 += dense ? w0[I] * x[I] : kept<T>(w0[I] * x[I], k0[I])), ...);
    ((sum1 += dense ? w1[I] * x[I] : kept<T>(w1[I] * x[I], k1[I])), ...);
    first[e] = sum0;
    second[e] = sum1;
  }
}

template <typename T, int N>
void sum_plain(const T* const* x, const T* w, std::int64_t n, T* out) {
  sum_or_zero<T, N>(x, w, n, out);
}
template <typename T, bool dense, int N>
void pair_plain(const PairTerms<T>& terms, std::int64_t n, T* first, T* second) {
  sum_pair<dense>(terms, n, first, second, std::make_index_sequence<N>{});
}
#ifdef ULAM_X86
template <typename T, int N>
ULAM_TARGET_AVX2 void sum_avx2(const T* const* x, const T* w, std::int64_t n, T* out) {
  sum_or_zero<T, N>(x, w, n, out);
}
template <typename T, bool dense, int N>
ULAM_TARGET_AVX2 void pair_avx2(const PairTerms<T>& terms, std::int64_t n, T* first, T* second) {
  sum_pair<dense>(terms, n, first, second, std::make_index_sequence<N>{});
}
template <typename T, int N>
ULAM_TARGET_AVX512 void sum_avx512(const T* const* x, const T* w, std::int64_t n, T* out) {
  sum_or_zero<T, N>(x, w, n, out);
}
template <typename T, bool dense, int N>
ULAM_TARGET_AVX512 void pair_avx512(const PairTerms<T>& terms, std::int64_t n, T* first, T* second) {
  sum_pair<dense>(terms, n, first, second, std::make_index_sequence<N>{});
}
#endif

// Tables of the unrolled functions for 0 .. most_terms terms.
template <typename T, int... N>
WeightedSum<T> pick_sum(std::size_t terms, [[maybe_unused]] Isa isa, std::integer_sequence<int, N...>) {
#ifdef ULAM_X86
  static constexpr std::array wide{sum_avx512<T, N>...};
  static constexpr std::array middle{sum_avx2<T, N>...};
  if (isa == Isa::avx512) return wide[terms];
  if (isa == Isa::avx2) return middle[terms];
#endif
  static constexpr std::array narrow{sum_plain<T, N>...};
  return narrow[terms];
}

template <typename T, bool dense, int... N>
PairSum<T> pick_pair(std::size_t terms, [[maybe_unused]] Isa isa, std::integer_sequence<int, N...>) {
#ifdef ULAM_X86
  static constexpr std::array wide{pair_avx512<T, dense, N + 1>...};
  static constexpr std::array middle{pair_avx2<T, dense, N + 1>...};
  if (isa == Isa::avx512) return wide[terms - 1];
  if (isa == Isa::avx2) return middle[terms - 1];
#endif
  static constexpr std::array narrow{pair_plain<T, dense, N + 1>...};
  return narrow[terms - 1];
}

}  // namespace

template <typename T>
WeightedSum<T> weighted_sum(int terms, Isa isa) {
  return pick_sum<T>(static_cast<std::size_t>(terms), isa, std::make_integer_sequence<int, most_terms + 1>{});
}

template <typename T>
PairSum<T> pair_sum(int terms, bool dense, Isa isa) {
  constexpr auto counts = std::make_integer_sequence<int, most_terms>{};
  const std::size_t n = static_cast<std::size_t>(terms);
  return dense ? pick_pair<T, true>(n, isa, counts) : pick_pair<T, false>(n, isa, counts);
}

template WeightedSum<float> weighted_sum<float>(int, Isa);
template WeightedSum<double> weighted_sum<double>(int, Isa);
template PairSum<float> pair_sum<float>(int, bool, Isa);
template PairSum<double> pair_sum<double>(int, bool, Isa);

}  // namespace ulam::kernels
