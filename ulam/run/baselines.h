#pragma once
// Plain forecasts that any other must beat: the last season again, and a linear regression.
#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "ulam/learn/series.h"

namespace ulam {

/// Gaps (NaN) filled along the last dimension by straight lines between neighbours, ends by the nearest
/// value, rows without any value by 0. double.
at::Tensor bridged(const at::Tensor& series);

/// The season of series [series, times]: the lag from 2 to `most` at which the autocorrelation of the
/// (bridged) series without their straight lines has its largest local maximum, averaged over series; 1 where
/// none is above 0.1. Cost: series * times * most.
int season_of(const at::Tensor& series, int most);

/// The last season of `context` [rows, length] again and again: [rows, horizon]. A value that is missing is
/// taken from the season before, or bridged. 1 <= season <= length, else Error(option).
at::Tensor seasonal_naive(const at::Tensor& context, int horizon, int season);

/// A linear map from all of a context to all of a horizon, fitted by ridge regression to windows brought to
/// unit size, with the residuals of training as its uncertainty.
class LinearForecaster {
 public:
  /// `windows` [n, context + horizon], complete, in any units; each is scaled by its context as `scaling`
  /// says. `ridge`: penalty, as a share of the inputs' mean square. Throws Error(shape | option | numeric).
  /// Cost: n (c^2 + c h).
  LinearForecaster(const at::Tensor& windows, std::int64_t horizon, SeriesScaling scaling,
                   double ridge = 1e-2);
  /// Point forecasts [rows, horizon] in the units of `context` [rows, c]; gaps are bridged.
  at::Tensor mean(const at::Tensor& context) const;
  /// [rows, paths, horizon]: the point forecast plus residuals of evenly spaced training windows, in unit
  /// size.
  at::Tensor paths(const at::Tensor& context, std::int64_t paths) const;

 private:
  at::Tensor inputs(const at::Tensor& context, SeriesScale& scale) const;
  SeriesScaling scaling_;
  at::Tensor weights_;    // [c + 1, horizon]
  at::Tensor residuals_;  // [at most 1000, horizon]
};

}  // namespace ulam
