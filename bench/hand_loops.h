#pragma once
// What one would write by hand for a fixed number of inputs: the yardstick of the fused step.
#include <cstdint>

namespace ulam::bench {

/// o[e] = sum_i w[i] x[i][e] over `inputs` arrays.
using HandLoop = void (*)(const float* const* x, const float* w, std::int64_t n, float* o);
/// 1 <= inputs <= 4, compiled for AVX-512 where this processor has it, else for the plain set.
HandLoop hand_loop(std::size_t inputs);
/// Two sums over three arrays, weights row after row; compiled as the above.
void hand_two_outputs(const float* const* x, const float* w, std::int64_t n, float* const* o);

}  // namespace ulam::bench
