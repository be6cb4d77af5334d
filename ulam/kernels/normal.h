#pragma once
// Standard normals as a pure function of a row key. The same bits on every instruction set.
#include <cstdint>
#include <span>

#include "ulam/base/key.h"

namespace ulam::kernels {

/// Writes normal numbers `first` .. `first + n - 1` of the row `row` to `out`. Float values; bits do not depend on how
/// the range is cut, on threads or on the instruction set. |z| <= 6.7. Cost: about n/1.6e9 s with AVX-512.
void fill_normal(const RowKey& row, std::uint64_t first, std::span<float> out);
/// The same numbers widened to double: a double draw sees the noise of the float draw.
void fill_normal(const RowKey& row, std::uint64_t first, std::span<double> out);

/// Plain reference of the above (one number, no vector code), for tests.
float normal_reference(const RowKey& row, std::uint64_t element);

}  // namespace ulam::kernels
