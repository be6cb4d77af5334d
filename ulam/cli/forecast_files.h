#pragma once
// The files that `ulam forecast` reads beside its series, and writes.
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "ulam/learn/series.h"
#include "ulam/run/forecast_chart.h"

namespace ulam::cli {

/// Only the named columns (separated by commas; "" = all), in the order given. Throws Error(option) naming
/// the nearest.
SeriesTable chosen_columns(SeriesTable table, const std::string& columns);

/// Levels from "0.1,0.5,0.9": rising, in (0, 1), an odd number of them with 0.5 in the middle. Throws
/// Error(option).
std::vector<double> quantile_levels(const std::string& text);

/// A point forecast of another program: a CSV (or npy) with the series' columns, by name where both have
/// headings, and one row a step. [series, horizon]. Throws Error(file).
at::Tensor read_base(const std::string& path, const SeriesTable& table, int horizon);

/// "series,step,mean,q0.05,...": one line a series and step. `quantiles` [series, levels, steps], `mean`
/// [series, steps]; `first_step` is the number of the first; steps whose quantiles are NaN have no line.
std::string quantile_csv(const std::vector<std::string>& names, const at::Tensor& mean,
                         const at::Tensor& quantiles, const std::vector<double>& levels,
                         std::int64_t first_step);

/// The table of a CSV file with gaps filled: the columns of `names` by `values` [series, times]; what was
/// there keeps its place.
std::string filled_csv(const std::string& path, const std::vector<std::string>& names,
                       const at::Tensor& values);

/// Refuses a name without that ending, or in a folder that is not there: Error(option | system).
void check_file(const std::string& path, const std::string& ending, const std::string& option);

}  // namespace ulam::cli
