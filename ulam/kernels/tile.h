#pragma once
// Matrix products whose bits do not depend on the batch: row r of the result is the same alone, in any batch,
// on any number of threads and on any instruction set. For exact problems, where a sample must not depend on
// its neighbours.
#include <cstdint>
#include <span>

#include "ulam/kernels/isa.h"

namespace ulam::kernels {

/// out[r, j] = sum_k x[r, k] * w[k, j] for row-major x (rows x inner), w (inner x cols), out (rows x cols).
/// Each sum runs over k upwards from 0, products and sums rounded one by one. `out` must not overlap x or w.
/// With threads > 1 large work is shared by at most that many OpenMP threads. Throws Error(shape) when a size
/// does not fit. T is float or double. Cost: 2 rows inner cols operations at 20 to 50 GFLOP/s (float, AVX2 or
/// AVX-512, a third to a half of it for double), or one pass over w where rows are few.
template <typename T>
void matmul_rows(std::span<const T> x, std::span<const T> w, std::int64_t rows, std::int64_t inner,
                 std::int64_t cols, std::span<T> out, int threads = 1);
template <typename T>
void matmul_rows(std::span<const T> x, std::span<const T> w, std::int64_t rows, std::int64_t inner,
                 std::int64_t cols, std::span<T> out, int threads, Isa isa);

/// out[r, j] = sum_k x[r, k] * w[j, k] for row-major x (rows x inner), w (cols x inner): dot products of
/// rows. Element k goes into partial sum k mod L (L = 64 / sizeof(T)), and these are added in a fixed tree,
/// so it is more accurate than one running sum and not bit-equal to matmul_rows of the transpose. Rows
/// shorter than L are summed as in matmul_rows (on a transposed copy of w, the only allocation here).
/// Otherwise as above.
template <typename T>
void matmul_rows_transposed(std::span<const T> x, std::span<const T> w, std::int64_t rows, std::int64_t inner,
                            std::int64_t cols, std::span<T> out, int threads = 1);
template <typename T>
void matmul_rows_transposed(std::span<const T> x, std::span<const T> w, std::int64_t rows, std::int64_t inner,
                            std::int64_t cols, std::span<T> out, int threads, Isa isa);

}  // namespace ulam::kernels
