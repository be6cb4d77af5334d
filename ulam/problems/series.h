#pragma once
// Generated time series: seasons, autoregressions, chaos, trends and their mixtures, without end.
#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "ulam/base/catalogue.h"

namespace ulam {

struct SeriesKind {
  std::string name;  // "mixture", "seasonal", "autoregressive", "chaotic", "sine"
  std::uint64_t seed = 0;
};
/// The kinds with what they are.
const std::vector<Entry>& series_kinds();

/// Rows `first` .. `first + count - 1` of an endless set: float [count, length], finite. Row i is a pure
/// function of (kind, seed, i, length), the same bits on every machine but for the last digits of sin, exp
/// and log.
///
/// seasonal: one or two periods (6 to half the length, often 7, 12, 24 or 168), each a random sum of
/// harmonics, sometimes cut at zero as sunlight is, days of unequal size, white noise. autoregressive: order
/// 1 to 3, roots inside the circle, sometimes summed up. chaotic: a coordinate of the Lorenz system (Lorenz
/// 1963) or the Mackey-Glass equation (Mackey and Glass 1977) at a random pace. mixture: a random mix of the
/// three with trends, steps in level and an offset. sine: a sine of period 24, random phase, amplitude 1,
/// around 2, plus an autoregression of order 1 (coefficient 0.7, deviation 0.3): the reference of small
/// experiments, whose best forecast is known.
///
/// Throws Error(option) for another kind, a length below 8 or above 2^20, or a negative count.
at::Tensor generate_series(const SeriesKind& kind, std::int64_t first, std::int64_t count,
                           std::int64_t length);

/// What kind "sine" is made of, for closed forms.
struct SineSeries {
  static constexpr double level = 2, amplitude = 1, period = 24, coefficient = 0.7, deviation = 0.3;
};

}  // namespace ulam
