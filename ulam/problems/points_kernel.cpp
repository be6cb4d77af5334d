#include "ulam/problems/points_kernel.h"

#include "ulam/kernels/isa.h"

namespace ulam {
namespace {

ULAM_INLINE void distances_body(const double* const* x, const double* a, int rows, const double* point,
                                int points, int padded, double* out) {
  for (int r = 0; r < rows; ++r)
    for (int j = 0; j < points; ++j) {
      const double *p = point + static_cast<std::int64_t>(j) * padded, *y = x[r];
      const double scale = a[r];
      double sum[kPointLanes] = {};
      for (int i = 0; i < padded; i += kPointLanes) {
        ULAM_INDEPENDENT
        for (int l = 0; l < kPointLanes; ++l) {
          const double gap = y[i + l] - scale * p[i + l];
          sum[l] += gap * gap;
        }
      }
      out[static_cast<std::int64_t>(r) * points + j] =
          ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
    }
}

ULAM_INLINE void add_body(double weight, const double* point, int padded, double* sum) {
  ULAM_INDEPENDENT
  for (int i = 0; i < padded; ++i) sum[i] += weight * point[i];
}

#ifdef ULAM_X86
ULAM_TARGET_AVX2 void distances_avx2(const double* const* x, const double* a, int rows, const double* point,
                                     int points, int padded, double* out) {
  distances_body(x, a, rows, point, points, padded, out);
}
ULAM_TARGET_AVX512 void distances_avx512(const double* const* x, const double* a, int rows,
                                         const double* point, int points, int padded, double* out) {
  distances_body(x, a, rows, point, points, padded, out);
}
ULAM_TARGET_AVX2 void add_avx2(double weight, const double* point, int padded, double* sum) {
  add_body(weight, point, padded, sum);
}
ULAM_TARGET_AVX512 void add_avx512(double weight, const double* point, int padded, double* sum) {
  add_body(weight, point, padded, sum);
}
#endif

}  // namespace

void squared_distances(const double* const* x, const double* a, int rows, const double* point, int points,
                       int padded, double* out) {
#ifdef ULAM_X86
  const kernels::Isa isa = kernels::best_isa();
  if (isa == kernels::Isa::avx512) return distances_avx512(x, a, rows, point, points, padded, out);
  if (isa == kernels::Isa::avx2) return distances_avx2(x, a, rows, point, points, padded, out);
#endif
  distances_body(x, a, rows, point, points, padded, out);
}

void add_scaled(double weight, const double* point, int padded, double* sum) {
#ifdef ULAM_X86
  const kernels::Isa isa = kernels::best_isa();
  if (isa == kernels::Isa::avx512) return add_avx512(weight, point, padded, sum);
  if (isa == kernels::Isa::avx2) return add_avx2(weight, point, padded, sum);
#endif
  add_body(weight, point, padded, sum);
}

}  // namespace ulam
