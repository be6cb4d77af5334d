#pragma once
// `ulam forecast`: a CSV of series in; quantiles as CSV and a figure out.
#include <string>

#include "ulam/cli/command_line.h"

namespace ulam::cli {

/// file, model, columns, horizon, paths, quantiles, solver, grid, steps, loss, scale, form, guide, seed,
/// impute, refine, refiner, iterations, lambda, score, apart, season, threads.
const std::vector<Parameter>& forecast_parameters();

struct ForecastTask {
  Given given;                         // of forecast_parameters()
  std::string output, figure, filled;  // files; "" = none, and where all are none FILE-forecast.csv and .png
  bool json = false, quiet = false;
};

/// Forecasts, imputes or scores; writes whole files at the end, prints a summary. Returns 0. Throws as
/// read_series, open_model, draw_windows and refine_forecast do, before any file is written.
int run_forecast(const ForecastTask& task);

}  // namespace ulam::cli
