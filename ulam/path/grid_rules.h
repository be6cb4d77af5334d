#pragma once
// Internal to the path room: the formulas of the grids.
#include <string>
#include <vector>

#include "ulam/path/path.h"

namespace ulam {

/// All rules return steps + 1 times, first t_noise, last t_data, exactly.
/// t_n = (T^{1/k} + n/N (t_0^{1/k} - T^{1/k}))^k.
std::vector<double> power_grid(const Path& path, int steps, double exponent);
/// Uniform in log(a/s); ends without a finite one are cut at rho = most_rho (a = 0) and least_rho (s = 0) for
/// the spacing and then set to the path's own end.
std::vector<double> logsnr_grid(const Path& path, int steps, double least_rho, double most_rho);
/// The power rule on rho = s/a; cut likewise at a = 0, and at s = 0 if exponent > 1.
std::vector<double> rho_grid(const Path& path, int steps, double exponent, double least_rho, double most_rho);
/// t_n = t_0 + (T - t_0) cos(pi/2 n/N).
std::vector<double> cosine_grid(const Path& path, int steps);

/// Indices 0 .. table - 1 at which a discrete path is evaluated, `count` of them, falling (diffusers'
/// timestep_spacing; rounding to even as numpy does):
///   leading:  (count - 1 - i) floor(table / count) + offset
///   trailing: round(table - i table / count) - 1
///   linspace: round((table - 1) (1 - i / (count - 1)))
std::vector<double> leading_times(int table, int count, int offset);
std::vector<double> trailing_times(int table, int count);
std::vector<double> linspace_times(int table, int count);

}  // namespace ulam
