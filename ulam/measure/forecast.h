#pragma once
// Scores of probabilistic forecasts: ensembles and quantiles against what came to pass.
#include <cstdint>
#include <span>
#include <vector>

#include <ATen/core/Tensor.h>

#include "ulam/measure/figure.h"

namespace ulam {

/// Continuous ranked probability score of an ensemble against the truth:
///   mean |x_i - y| - sum_{i<j} |x_i - x_j| / D, D = m^2 (standard) or m (m - 1) (fair).
/// Lower is better; 0 for a certain and right forecast; the mean absolute error for one member (standard).
/// The fair form is unbiased for the score of the distribution that the members came from, whatever m; it can
/// be negative. The standard form is the score of the ensemble's own step function and is larger by
/// E|x - x'| / 2m in the mean. m >= 1 (2 when fair), else Error(option); NaN or infinity: Error(numeric).
/// Cost: one sort, O(m log m). Sources: Gneiting & Raftery 2007, JASA 102, eq. 21; Ferro 2014, QJRMS 140.
double crps_ensemble(std::span<const double> members, double truth, bool fair = true);

/// CRPS of a forecast given by quantiles: twice the integral of the pinball loss over the level (Laio &
/// Tamea 2007), by the midpoint rule: a level stands for the levels nearer to it than to its neighbours.
/// `levels` rise strictly within (0, 1); `values` do not fall. Exact in the limit of many levels; with 9 of
/// them about 2 % off for a normal. Throws Error(option | numeric).
double crps_quantiles(std::span<const double> levels, std::span<const double> values, double truth);

/// End points of the central interval of probability `level` of an ensemble: the quantiles at (1 - level) / 2
/// and (1 + level) / 2 by linear interpolation at i / (m + 1) (Hyndman & Fan 1996, type 6), for which a
/// member-like truth falls inside with probability `level` when these are whole ranks. Needs at least
/// 2 / (1 - level) - 1 members, 19 for 90 %, else Error(option): the ends would lie outside the ensemble.
struct Interval {
  double low = 0, high = 0;
};
Interval central_interval(std::span<const double> members, double level);

/// `ensemble` [series, members, ...] and `truth` [series, ...] of numbers; trailing dimensions (times,
/// places) are averaged within a series. All throw Error(shape) when the two do not fit, Error(numeric)
/// naming the series that holds NaN or infinity, Error(option) for fewer than 2 series. Errors: scatter over
/// series, which must be independent of one another; the numbers within one need not be.
///
/// Figure "crps": mean of crps_ensemble.
Figure crps(const at::Tensor& ensemble, const at::Tensor& truth, bool fair = true);
/// Figure "coverage90" (the name carries the level in per cent): share of truths inside the interval, ends
/// included; equal to `level` where the forecast is calibrated. 0 < level < 1.
Figure interval_coverage(const at::Tensor& ensemble, const at::Tensor& truth, double level);
/// Figure "width90": mean width of the interval; narrower is better at equal coverage.
Figure interval_width(const at::Tensor& ensemble, const at::Tensor& truth, double level);

}  // namespace ulam
