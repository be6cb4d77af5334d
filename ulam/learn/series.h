#pragma once
// Time series as training data: windows cut from tables or generated, brought to unit size.
#include <cstdint>
#include <string>
#include <utility>

#include <ATen/core/Tensor.h>

#include "ulam/learn/dataset.h"
#include "ulam/model/series.h"

namespace ulam {

/// Location and size of windows by what is observed: y = location + size * x.
struct SeriesScale {
  at::Tensor location, size;  // [rows, channels, 1] double; size > 0

  at::Tensor to_unit(const at::Tensor& y) const;    // (y - location) / size, double; NaN stays
  at::Tensor from_unit(const at::Tensor& x) const;  // the inverse, double
};
/// Of `observed` [rows, channels, length], NaN = not observed. mean: location 0, size = mean |y|. standard:
/// mean and standard deviation (of n), at least 1e-6 of the mean |y|, so that a constant is forecast as one.
/// Where the size would be 0, or nothing is observed, it is 1 and the location 0. Scaling y by c > 0 scales
/// location and size by c: exactly where c is a power of 2.
SeriesScale scale_of(const at::Tensor& observed, SeriesScaling scaling);

/// Columns [series, times] double, NaN = missing.
struct SeriesTable {
  at::Tensor values;
  std::vector<std::string> names;
  std::string source;
};
/// A CSV file (see io::read_csv), or .npy/.npz of [times], [series, times] floats. Throws their errors and
/// Error(file) for a column without any number, unless `empty_columns` are let through.
SeriesTable read_series(const std::string& path, bool empty_columns = false);

/// Training and held-out windows for a network of one channel.
struct SeriesDataOptions {
  double held_out = 0.2;              // share of every series, at its end, kept from training
  std::int64_t most_windows = 60000;  // of the training part, evenly spaced
};
/// `source` is a file for read_series, or generated series: "series:kind=mixture,rows=60000,seed=1" (see
/// generate_series; held out: 2048 rows more). Windows are complete (no value missing) and scaled by their
/// first window.context() entries. The held-out windows lie wholly in the last part. Throws Error(file |
/// option) in one sentence: series shorter than a window, no complete window. float [n, 1, length] in
/// Dataset::images.
Dataset read_series_data(const std::string& source, const SeriesWindow& window, Split split,
                         const SeriesDataOptions& options);

}  // namespace ulam
