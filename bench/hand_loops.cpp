#include "bench/hand_loops.h"

#include <array>

#include "ulam/kernels/isa.h"

namespace ulam::bench {
namespace {

#define HAND(TARGET, N, SUM)                                                                               \
  [[gnu::noinline]] TARGET void hand##N(const float* const* x, const float* w, std::int64_t n, float* o) { \
    const float *a = x[0], *b = x[1], *c = x[2], *d = x[3];                                                \
    const float wa = w[0], wb = w[1], wc = w[2], wd = w[3];                                                \
    (void)b, (void)c, (void)d, (void)wb, (void)wc, (void)wd;                                               \
    ULAM_INDEPENDENT                                                                                       \
    for (std::int64_t e = 0; e < n; ++e) o[e] = SUM;                                                       \
  }
#define HAND_TWO(TARGET)                                                                   \
  [[gnu::noinline]] TARGET void two(const float* const* x, const float* w, std::int64_t n, \
                                    float* const* o) {                                     \
    const float *a = x[0], *b = x[1], *c = x[2];                                           \
    const float w0 = w[0], w1 = w[1], w2 = w[2], w3 = w[3], w4 = w[4], w5 = w[5];          \
    float *p = o[0], *q = o[1];                                                            \
    ULAM_INDEPENDENT                                                                       \
    for (std::int64_t e = 0; e < n; ++e) {                                                 \
      const float u = a[e], v = b[e], t = c[e];                                            \
      p[e] = w0 * u + w1 * v + w2 * t;                                                     \
      q[e] = w3 * u + w4 * v + w5 * t;                                                     \
    }                                                                                      \
  }
#define HAND_ALL(TARGET)                                        \
  HAND(TARGET, 1, wa* a[e])                                     \
  HAND(TARGET, 2, wa* a[e] + wb * b[e])                         \
  HAND(TARGET, 3, wa* a[e] + wb * b[e] + wc * c[e])             \
  HAND(TARGET, 4, wa* a[e] + wb * b[e] + wc * c[e] + wd * d[e]) \
  HAND_TWO(TARGET)

#ifdef ULAM_X86
#define ULAM_WIDE ULAM_TARGET_AVX512
#else
#define ULAM_WIDE
#endif
namespace wide {
HAND_ALL(ULAM_WIDE)
}
namespace narrow {
HAND_ALL()
}

bool has_wide() { return kernels::best_isa() == kernels::Isa::avx512; }

}  // namespace

HandLoop hand_loop(std::size_t inputs) {
  static constexpr std::array<std::array<HandLoop, 4>, 2> loops{
      {{narrow::hand1, narrow::hand2, narrow::hand3, narrow::hand4},
       {wide::hand1, wide::hand2, wide::hand3, wide::hand4}}};
  return loops.at(has_wide() ? 1 : 0).at(inputs - 1);
}

void hand_two_outputs(const float* const* x, const float* w, std::int64_t n, float* const* o) {
  (has_wide() ? wide::two : narrow::two)(x, w, n, o);
}

}  // namespace ulam::bench
