#include "ulam/kernels/fused_sum.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#ifdef ULAM_X86
#include <immintrin.h>
#endif

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

template <typename T, int N>
void sum_plain(const T* const* x, const T* w, std::int64_t n, T* out) {
  sum_or_zero<T, N>(x, w, n, out);
}
#ifdef ULAM_X86
template <typename T, int N>
ULAM_TARGET_AVX2 void sum_avx2(const T* const* x, const T* w, std::int64_t n, T* out) {
  sum_or_zero<T, N>(x, w, n, out);
}
template <typename T, int N>
ULAM_TARGET_AVX512 void sum_avx512(const T* const* x, const T* w, std::int64_t n, T* out) {
  sum_or_zero<T, N>(x, w, n, out);
}
#endif

template <typename T, int... N>
WeightedSum<T> pick(int terms, [[maybe_unused]] Isa isa, std::integer_sequence<int, N...>) {
#ifdef ULAM_X86
  static constexpr std::array wide{sum_avx512<T, N>...};
  static constexpr std::array middle{sum_avx2<T, N>...};
  if (isa == Isa::avx512) return wide[static_cast<std::size_t>(terms)];
  if (isa == Isa::avx2) return middle[static_cast<std::size_t>(terms)];
#endif
  static constexpr std::array narrow{sum_plain<T, N>...};
  return narrow[static_cast<std::size_t>(terms)];
}

}  // namespace

template <typename T>
WeightedSum<T> weighted_sum(int terms, Isa isa) {
  return pick<T>(terms, isa, std::make_integer_sequence<int, most_terms + 1>{});
}

template <typename T>
void stream_copy(const T* from, std::int64_t n, T* to) {
#ifdef ULAM_X86
  std::int64_t e = 0;
  const auto misaligned = [](const T* p) { return reinterpret_cast<std::uintptr_t>(p) % 16 != 0; };
  for (; e < n && misaligned(to + e); ++e) to[e] = from[e];
  constexpr std::int64_t step = 16 / static_cast<std::int64_t>(sizeof(T));
  for (; e + step <= n; e += step) {
    __m128i v;
    std::memcpy(&v, from + e, sizeof v);
    _mm_stream_si128(reinterpret_cast<__m128i*>(to + e), v);
  }
  for (; e < n; ++e) to[e] = from[e];
  _mm_sfence();
#else
  std::copy_n(from, n, to);
#endif
}

template WeightedSum<float> weighted_sum<float>(int, Isa);
template WeightedSum<double> weighted_sum<double>(int, Isa);
template void stream_copy<float>(const float*, std::int64_t, float*);
template void stream_copy<double>(const double*, std::int64_t, double*);

}  // namespace ulam::kernels
