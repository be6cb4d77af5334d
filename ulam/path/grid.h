#pragma once
// Grids: the decreasing-noise times of a draw, from t_noise to t_data, N + 1 of them for N steps.
#include <string>
#include <vector>

#include "ulam/base/catalogue.h"
#include "ulam/path/path.h"

namespace ulam {

struct GridEntry : Entry {
  /// times[0] = start (noise) ... times[steps] = end.
  std::vector<double> (*make)(const Path& path, int steps, const Options& options);
};
/// time (power 1), time2 (power 2), power, logsnr, rho, karras (rho-7), cosine, leading, trailing, linspace.
/// All but the last three start exactly at t_noise and end exactly at t_data or t_clean. logsnr, rho and
/// karras need finite s/a at both ends: where a path has a = 0 (or s = 0) there, the spacing takes most_rho
/// (least_rho) for it and the first (last) time is the path's own end all the same. leading, trailing and
/// linspace need a discrete path and list the indices that are evaluated, then (final=clean, their default)
/// the clean time -1. With skip_last leading and linspace list the first N of their N + 1 indices.
const std::vector<GridEntry>& grids();

/// "karras" or "power:exponent=3,final=clean". `final`: "end" stops at t_data, "clean" ends in the path's
/// clean time (s = 0) where it has one: the last step then jumps to the data estimate. Throws Error(option).
std::vector<double> make_grid(const std::string& spec, const Path& path, int steps);
/// The best known default for a path: karras with a clean end for edm, time2 for vp, trailing for discrete,
/// time for flow.
std::string standard_grid(const Path& path);
/// Refuses an explicit list that is empty, not strictly towards the data, not finite or outside the path
/// (names index, value).
void check_grid(const std::vector<double>& times, const Path& path, const std::string& place);

}  // namespace ulam
