#pragma once
// A data set as a mixture: equal Gaussians of one width on every point. With width 0 its denoiser is the
// ideal denoiser of the empirical set.
#include <vector>

#include "ulam/problems/density.h"

namespace ulam {

/// `points` row-major n x dimension; width >= 0 is the kernel's standard deviation; labels empty or n of
/// them, 0 .. max without gaps. D = (s^2 mean_r(x_j) + a width^2 x) / M, M = a^2 width^2 + s^2, with
/// responsibilities r_j proportional to exp(-|x - a x_j|^2 / 2M). Blocks of points stream past tiles of rows
/// with a running log-sum-exp, so memory stays bounded; terms below e^-60 of the largest so far are dropped.
/// Cost a row: about 4 n d operations, plus 2 n d at high noise. Throws Error(option) naming what does not
/// fit.
DensityPtr make_points(int dimension, const std::vector<double>& points, double width,
                       std::vector<int> labels = {});

/// `count` points evenly on the circle of that radius.
std::vector<double> ring_points(int count, double radius);
/// `count` points on the spiral (u cos u, u sin u) / (4.5 pi) * radius, u = 1.5 pi (1 + 2 (i + 1/2) / count):
/// the swiss roll seen from its end (Marsland 2009, sec. 6), points evenly spaced in angle.
std::vector<double> swissroll_points(int count, double radius);

}  // namespace ulam
