#include "ulam/kernels/tile.h"

#include <algorithm>
#include <vector>

#include "ulam/base/error.h"

namespace ulam::kernels {
namespace {

constexpr std::int64_t inner_block = 128;            // k values whose panel of w stays in the L1 cache
constexpr std::int64_t chunk_bytes = 1 << 18;        // of x, kept in the L2 cache
constexpr std::int64_t parallel_products = 1 << 18;  // multiplications below which threads do not pay
constexpr std::int64_t share_unit = 64;              // columns of a share are a multiple: no torn vectors

// Rows of x against the columns begin .. end - 1.
template <typename T>
struct Product {
  const T* x;
  const T* w;
  T* out;
  std::int64_t rows, inner, cols, begin, end;
};

#define ULAM_SET plain
#define ULAM_ON
#define ULAM_BYTES 16
#define ULAM_ROWS 4
#define ULAM_DOTS \
  { 1, 2 }
#include "ulam/kernels/tile_set.inc"

#ifdef ULAM_X86
#define ULAM_SET avx2
#define ULAM_ON ULAM_TARGET_AVX2
#define ULAM_BYTES 32
#define ULAM_ROWS 4
#define ULAM_DOTS \
  { 2, 2 }
#include "ulam/kernels/tile_set.inc"

#define ULAM_SET avx512
#define ULAM_ON ULAM_TARGET_AVX512
#define ULAM_BYTES 64
#define ULAM_ROWS 8
#define ULAM_DOTS \
  { 4, 4 }
#include "ulam/kernels/tile_set.inc"
#endif

template <typename T>
void check(const char* place, std::span<const T> x, std::span<const T> w, std::int64_t rows,
           std::int64_t inner, std::int64_t cols, std::span<T> out) {
  const auto fits = [](std::size_t size, std::int64_t a, std::int64_t b) {
    return a >= 0 && b >= 0 && static_cast<std::int64_t>(size) == a * b;
  };
  if (!fits(x.size(), rows, inner) || !fits(w.size(), inner, cols) || !fits(out.size(), rows, cols))
    fail(ErrorKind::shape, place, "{}, {} and {} numbers for {} rows, {} inner, {} columns", x.size(),
         w.size(), out.size(), rows, inner, cols);
}

// Cuts into `threads` shares, along the rows where there are many, else along the columns, and runs each.
template <typename T, typename Run>
void share_out(const Product<T>& whole, int threads, Run run) {
  const bool small = whole.rows * whole.cols * whole.inner < parallel_products;
  if (threads <= 1 || small) {
    run(whole);
    return;
  }
  const bool by_rows = whole.rows >= whole.cols;
  const std::int64_t units = by_rows ? (whole.rows + 7) / 8 : (whole.cols + share_unit - 1) / share_unit;
#pragma omp parallel for schedule(static) num_threads(threads)
  for (int t = 0; t < threads; ++t) {
    const std::int64_t from = units * t / threads, to = units * (t + 1) / threads;
    Product<T> share = whole;
    if (by_rows) {
      share.x += from * 8 * whole.inner;
      share.out += from * 8 * whole.cols;
      share.rows = std::min(whole.rows, to * 8) - from * 8;
    } else {
      share.begin = from * share_unit;
      share.end = std::min(whole.cols, to * share_unit);
    }
    if (from < to) run(share);
  }
}

}  // namespace

template <typename T>
void matmul_rows(std::span<const T> x, std::span<const T> w, std::int64_t rows, std::int64_t inner,
                 std::int64_t cols, std::span<T> out, int threads, [[maybe_unused]] Isa isa) {
  check("matmul_rows", x, w, rows, inner, cols, out);
  if (inner == 0) std::fill(out.begin(), out.end(), T{0});
  share_out<T>({x.data(), w.data(), out.data(), rows, inner, cols, 0, cols}, threads,
               [isa](const Product<T>& p) {
#ifdef ULAM_X86
                 if (isa == Isa::avx512) return avx512::product(p);
                 if (isa == Isa::avx2) return avx2::product(p);
#endif
                 plain::product(p);
               });
}

template <typename T>
void matmul_rows_transposed(std::span<const T> x, std::span<const T> w, std::int64_t rows, std::int64_t inner,
                            std::int64_t cols, std::span<T> out, int threads, [[maybe_unused]] Isa isa) {
  check("matmul_rows_transposed", x, w, rows, inner, cols, out);
  if (inner * static_cast<std::int64_t>(sizeof(T)) < 64) {  // too short for partial sums
    std::vector<T> transposed(w.size());
    for (std::int64_t j = 0; j < cols; ++j)
      for (std::int64_t k = 0; k < inner; ++k)
        transposed[static_cast<std::size_t>(k * cols + j)] = w[static_cast<std::size_t>(j * inner + k)];
    return matmul_rows<T>(x, transposed, rows, inner, cols, out, threads, isa);
  }
  share_out<T>({x.data(), w.data(), out.data(), rows, inner, cols, 0, cols}, threads,
               [isa](const Product<T>& p) {
#ifdef ULAM_X86
                 if (isa == Isa::avx512) return avx512::dot_product(p);
                 if (isa == Isa::avx2) return avx2::dot_product(p);
#endif
                 plain::dot_product(p);
               });
}

template <typename T>
void matmul_rows(std::span<const T> x, std::span<const T> w, std::int64_t rows, std::int64_t inner,
                 std::int64_t cols, std::span<T> out, int threads) {
  matmul_rows<T>(x, w, rows, inner, cols, out, threads, best_isa());
}

template <typename T>
void matmul_rows_transposed(std::span<const T> x, std::span<const T> w, std::int64_t rows, std::int64_t inner,
                            std::int64_t cols, std::span<T> out, int threads) {
  matmul_rows_transposed<T>(x, w, rows, inner, cols, out, threads, best_isa());
}

#define ULAM_INSTANCES(T)                                                                          \
  template void matmul_rows<T>(std::span<const T>, std::span<const T>, std::int64_t, std::int64_t, \
                               std::int64_t, std::span<T>, int);                                   \
  template void matmul_rows<T>(std::span<const T>, std::span<const T>, std::int64_t, std::int64_t, \
                               std::int64_t, std::span<T>, int, Isa);                              \
  template void matmul_rows_transposed<T>(std::span<const T>, std::span<const T>, std::int64_t,    \
                                          std::int64_t, std::int64_t, std::span<T>, int);          \
  template void matmul_rows_transposed<T>(std::span<const T>, std::span<const T>, std::int64_t,    \
                                          std::int64_t, std::int64_t, std::span<T>, int, Isa);
ULAM_INSTANCES(float)
ULAM_INSTANCES(double)
#undef ULAM_INSTANCES

}  // namespace ulam::kernels
