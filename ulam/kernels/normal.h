#pragma once
// Standard normals as a pure function of a row key. The same bits on every instruction set.
#include <cstdint>
#include <span>

#include "ulam/base/key.h"
#include "ulam/kernels/isa.h"

namespace ulam::kernels {

/// Writes normal numbers `first` .. `first + n - 1` of the row `row` to `out`. Float values; bits do not
/// depend on how the range is cut, on threads or on the instruction set. |z| <= 6.67. Each number is within
/// 1e-6 of the Box-Muller formula on the words of random_bits: elements 4b and 4b+1 come from words 0 and 1
/// of block b, the next two from words 2 and 3. Throws Error(shape) when first + n > row_elements. Cost:
/// about n/1.5e9 s with AVX-512.
void fill_normal(const RowKey& row, std::uint64_t first, std::span<float> out);
/// The same numbers widened to double: a double draw sees the noise of the float draw.
void fill_normal(const RowKey& row, std::uint64_t first, std::span<double> out);
/// On a given instruction set, which must be usable here (for tests and measurements).
void fill_normal(const RowKey& row, std::uint64_t first, std::span<float> out, Isa isa);

/// Normals `first` .. `first + row_size - 1` of every row, row after row: out[r * row_size + e]. Rows of a
/// few elements share vector registers. With threads > 1 large work is split over at most that many OpenMP
/// threads; with threads <= 1 no parallel region is entered. Throws Error(shape) when out.size() is not
/// rows.size() * row_size.
void fill_normal_rows(std::span<const RowKey> rows, std::int64_t row_size, std::span<float> out,
                      int threads = 1, std::uint64_t first = 0);
void fill_normal_rows(std::span<const RowKey> rows, std::int64_t row_size, std::span<double> out,
                      int threads = 1, std::uint64_t first = 0);

/// Plain reference of the above (one number, no vector code), for tests.
float normal_reference(const RowKey& row, std::uint64_t element);

}  // namespace ulam::kernels
