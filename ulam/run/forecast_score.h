#pragma once
// How good forecasts are on the past: windows at the end of every series, beside plain baselines.
#include <functional>
#include <string>
#include <vector>

#include "ulam/measure/figure.h"
#include "ulam/run/baselines.h"
#include "ulam/run/forecast.h"

namespace ulam {

/// Cases of a backtest: contexts as windows whose horizon is not seen, and what came to pass, in units of the
/// series.
struct Backtest {
  at::Tensor windows;               // [cases, length], NaN at the horizon
  at::Tensor truth;                 // [cases, horizon], complete
  at::Tensor unit;                  // [cases]: mean |y| of the case's series over all its targets
  std::vector<std::string> series;  // of each case
  int horizon = 0;
};
/// `cases` horizons at the end of every series, latest last, their ends `apart` steps from one another (0: a
/// horizon, so that they follow without overlap); those whose truth has a gap, or whose context is empty, are
/// left out. Throws Error(option | file) where fewer than 2 are left.
Backtest backtest(const SeriesTable& table, std::int64_t length, int horizon, int cases, int apart = 0);

/// One forecaster's scores over all cases, in units of the mean |y| of each series: "crps" (the score of the
/// ensemble as it stands, not the fair one), "coverage90", "width90" (the last two only for 19 members or
/// more).
struct ForecastScore {
  std::string name;
  std::vector<Figure> figures;
  std::int64_t evaluations = 0;
};
/// `paths` [cases, members, horizon].
ForecastScore score_forecast(const std::string& name, const Backtest& test, const at::Tensor& paths);

/// seasonal naive (one member), and a linear forecaster fitted to `training` windows [n, length] (at least 2
/// * length of them, else it is left out), with `members` residuals.
std::vector<ForecastScore> score_baselines(const Backtest& test, const at::Tensor& training, int season,
                                           SeriesScaling scaling, std::int64_t members);

/// All complete windows [n, length] of the first `share` of every series, at most `most`, evenly spaced.
at::Tensor training_windows(const SeriesTable& table, std::int64_t length, double share, std::int64_t most);

}  // namespace ulam
