#pragma once
// The fused step: a small matrix times a stack of equally shaped arrays, several outputs in one pass, with
// the noise made inside the pass. Memory-bound: each input is read once, each output written once. Rows are
// independent.
#include <cstdint>
#include <span>
#include <vector>

#include "ulam/base/key.h"
#include "ulam/kernels/isa.h"

namespace ulam::kernels {

/// out[o][r][e] = sum_i weight[o][i] * in[i][r][e] + noise_scale[o] * z(r, e), summed over i in order,
/// weights cast once to T (float or double), no fused multiply-add, so that bits are the same on every
/// instruction set, chunk and thread. Inputs with weight exactly 0 in an output are not part of its sum (so
/// NaN there does not spread, and -0 is kept). The noise comes last, under the same rule. A sum without any
/// part is 0.
///
/// `in`, `out`: pointers to the first element of each operand. Row r of every operand starts at r * row_size
/// (contiguous). An output may be the same array as an input (in place); partial overlap is undefined; every
/// output sees the inputs as they were before the call.
/// `noise`: one RowKey per row when any noise_scale is not 0, else empty; normals start at element 0 of the
/// row. With `per_row` every row has its own weights[(r * outputs + o) * inputs + i], noise_scale[r * outputs
/// + o].
template <typename T>
struct FusedStep {
  std::span<const T* const> in;
  std::span<T* const> out;
  std::span<const double> weights;  // outputs x inputs, row-major; or rows x outputs x inputs if per_row
  bool per_row = false;
  std::span<const double> noise_scale;  // outputs (or rows x outputs if per_row); empty = no noise
  std::span<const RowKey> noise;
  std::int64_t rows = 0;
  std::int64_t row_size = 0;
};

/// Runs the pass on the calling thread plus at most threads-1 OpenMP threads for large work (with threads <=
/// 1 no parallel region is entered). Does not allocate for up to 8 inputs and 4 outputs. Results of which all
/// operands together exceed 32 MiB bypass the caches, except in place. Throws Error(shape) when sizes do not
/// fit or two outputs are the same array; the values of weights are not judged. Cost: the time to read each
/// input and write each output once, plus the normals.
template <typename T>
void fused_step(const FusedStep<T>& step, int threads = 1);
/// On a given instruction set, which must be usable here (for tests and measurements).
template <typename T>
void fused_step(const FusedStep<T>& step, int threads, Isa isa);

/// Plain triple loop with the same bits, for tests.
template <typename T>
void fused_step_reference(const FusedStep<T>& step);

extern template void fused_step<float>(const FusedStep<float>&, int);
extern template void fused_step<double>(const FusedStep<double>&, int);
extern template void fused_step<float>(const FusedStep<float>&, int, Isa);
extern template void fused_step<double>(const FusedStep<double>&, int, Isa);
extern template void fused_step_reference<float>(const FusedStep<float>&);
extern template void fused_step_reference<double>(const FusedStep<double>&);

}  // namespace ulam::kernels
