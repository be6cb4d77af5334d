#pragma once
// Refinement of another forecaster's answer by an unconditional model of windows.
#include <functional>

#include "ulam/run/forecast.h"

namespace ulam {

struct ForecastRefineOptions {
  enum class Method {
    langevin,    // y - step grad E + sqrt(2 step) temper xi
    likelihood,  // y - step grad E
  };
  enum class Loss { quantile, square };
  Method method = Method::langevin;
  Loss loss = Loss::quantile;
  int iterations = 20;
  double step = .1;
  double temper = .1;         // factor on the Langevin noise: 1 samples at temperature 1, 0.1 at 0.01
  double lambda = 1;          // weight of staying near
  bool near_forecast = true;  // staying near the base forecast too, not to the observations alone
  std::uint64_t seed = 0;
};

/// E(y) = |eps - eps_theta(a y + s eps, tau)|^2 + lambda R(y, base), summed over entries, fresh eps each
/// iteration; R the pinball loss at each row's level (i + 1) / (n + 1), or the square (Kollovieh et al. 2023,
/// arXiv 2307.11494, eq. 8 and 9). `base` [windows, paths, length] complete, in units of the series: observed
/// context and the base's samples, which are sorted at every time so that a row's rank meets its level; a
/// point forecast is the same in every path. `observed` [windows, length]: NaN = not seen; sets the scale of
/// a window. Returns double [windows, paths, length]. Zero iterations give the (sorted) base. Row w * paths +
/// i has that id. Cost: windows * paths * iterations evaluations with their backward passes. Throws
/// Error(shape | option | numeric | cancelled).
at::Tensor refine_forecast(const SeriesModel& model, const at::Tensor& base, const at::Tensor& observed,
                           double time, const ForecastRefineOptions& options, const Watch& watch,
                           Spent& spent);

/// What refine_forecast() takes: `windows` [n, length] (see forecast_windows) with gaps bridged, and at their
/// horizon `base` [n, paths, horizon], or [n, horizon], a point forecast for every path.
at::Tensor base_windows(const at::Tensor& windows, const at::Tensor& base, std::int64_t paths);

/// The energy's time tau: of `count` times spread over the path, evenly (the table's entries where it has one
/// and `count` is 0), that whose loss |eps - eps_theta|^2 on `windows` [rows, length] (complete) is nearest
/// to the mean over all of them. Cost: rows * count evaluations.
double representative_time(const SeriesModel& model, const at::Tensor& windows, int count, std::uint64_t seed,
                           const Watch& watch, Spent& spent);
/// The rule itself: the index of the loss that is nearest to the mean of all.
std::size_t nearest_to_mean(const std::vector<double>& losses);

/// Langevin steps with any gradient: rows [n, ...], noise keyed by (seed, Stream::step), row number,
/// iteration.
at::Tensor langevin(at::Tensor y,
                    const std::function<at::Tensor(const at::Tensor& y, int iteration)>& gradient,
                    const ForecastRefineOptions& options);

}  // namespace ulam
