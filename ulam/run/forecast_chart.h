#pragma once
// A figure of forecasts: what was seen, the median, and fans of quantiles.
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "ulam/io/array.h"

namespace ulam {

struct ForecastPanel {
  std::string title;
  at::Tensor seen;       // [times] double, NaN = not seen; the part that is shown
  at::Tensor truth;      // [times] or undefined: what came to pass, where it is known
  at::Tensor levels_at;  // [2 k + 1, times] quantiles from low to high, NaN where there is no forecast
};

/// A picture of panels below one another (two columns from five on), u8 [height, width, 3]: gray what was
/// seen, a blue line the middle quantile, bands between the first and last, second and last but one and so
/// on, a dashed line what came to pass. Throws Error(option) for no panel or more than 64, Error(shape) for
/// lengths that differ.
io::Array forecast_chart(const std::vector<ForecastPanel>& panels);

}  // namespace ulam
