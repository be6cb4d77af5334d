#pragma once
// The checkerboard: uniform on the squares of one colour.
#include "ulam/problems/density.h"

namespace ulam {

/// 2-D; the square [-half, half]^2 cut into cells x cells squares, uniform on those with even (column + row).
/// cells >= 1, half > 0. Each square is a product of intervals, so noisy marginal, D and Jacobian are sums of
/// products of truncated Gaussian moments. Cost a row: about 100 cells exponentials.
DensityPtr make_checkerboard(int cells, double half);

/// Moments of u uniform on [lo, hi], given x = a u + s eps: log of INT_lo^hi N(x; a u, s^2) du, and mean and
/// variance of u and mean of z = (a u - x)/s under it. Relative error about 1e-14 anywhere (s > 0, a >= 0):
/// 48-point Gauss-Legendre on the part of the interval where the integrand exceeds e^-40 of its largest
/// value, which never cancels as differences of erf do.
struct IntervalMoments {
  double log_mass, mean, variance, mean_z;
};
IntervalMoments interval_moments(double x, double a, double s, double lo, double hi);

}  // namespace ulam
