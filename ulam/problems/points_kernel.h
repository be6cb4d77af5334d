#pragma once
// The two loops over a data set that cost time, compiled for each instruction set with the same bits.
#include <cstdint>

namespace ulam {

/// Stored points have `padded` doubles each: `dimension` rounded up to a multiple of kPointLanes,
/// zero-filled.
inline constexpr int kPointLanes = 8;

/// out[r * points + j] = |x_r - a_r point_j|^2, summed in kPointLanes lanes and then pairwise: the order
/// depends on `padded` only. x: rows pointers to `padded` doubles; point: points x padded.
void squared_distances(const double* const* x, const double* a, int rows, const double* point, int points,
                       int padded, double* out);
/// sum[i] += weight * point[i], i < padded.
void add_scaled(double weight, const double* point, int padded, double* sum);

}  // namespace ulam
