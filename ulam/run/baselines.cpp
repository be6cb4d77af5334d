#include "ulam/run/baselines.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/model/convert.h"

namespace ulam {

at::Tensor bridged(const at::Tensor& series) {
  at::Tensor out = series.to(at::kDouble).contiguous().clone();
  const std::int64_t n = out.size(-1), rows = n > 0 ? out.numel() / n : 0;
  for (std::int64_t r = 0; r < rows; ++r) {
    double* y = out.data_ptr<double>() + r * n;
    std::int64_t last = -1;
    for (std::int64_t i = 0; i <= n; ++i) {
      if (i < n && std::isnan(y[i])) continue;
      for (std::int64_t k = last + 1; k < i; ++k) {
        if (last < 0 && i == n)
          y[k] = 0;
        else if (last < 0)
          y[k] = y[i];
        else if (i == n)
          y[k] = y[last];
        else
          y[k] = y[last] + (y[i] - y[last]) * static_cast<double>(k - last) / static_cast<double>(i - last);
      }
      last = i;
    }
  }
  return out;
}

int season_of(const at::Tensor& series, int most) {
  const at::Tensor y = bridged(series);
  const std::int64_t n = y.size(1);
  if (n < 5) return 1;
  // Without its straight line: a trend is like itself at every lag.
  const at::Tensor t = at::arange(n, at::kDouble) - static_cast<double>(n - 1) / 2;
  const at::Tensor centred = y - y.mean(1, true);
  const at::Tensor z = centred - centred.matmul(t).unsqueeze(1) / t.square().sum() * t;
  const at::Tensor power = z.square().sum(1).clamp_min(1e-300);
  most = static_cast<int>(std::min<std::int64_t>(most, n / 2));
  std::vector<double> r(static_cast<std::size_t>(most) + 2, 0.0);
  for (int lag = 1; lag <= most + 1 && lag < n; ++lag)
    r[static_cast<std::size_t>(lag)] =
        ((z.narrow(1, 0, n - lag) * z.narrow(1, lag, n - lag)).sum(1) / power).mean().item<double>();
  int best = 1;
  double largest = .1;
  for (int lag = 2; lag <= most; ++lag) {
    const auto i = static_cast<std::size_t>(lag);
    if (r[i] >= r[i - 1] && r[i] >= r[i + 1] && r[i] > largest) largest = r[i], best = lag;
  }
  return best;
}

at::Tensor seasonal_naive(const at::Tensor& context, int horizon, int season) {
  const std::int64_t length = context.size(1);
  if (season < 1 || season > length)
    fail(ErrorKind::option, "seasonal naive", "the season {} is not in 1..{}, the context's length", season,
         length);
  const at::Tensor raw = context.to(at::kDouble).contiguous(), filled = bridged(context);
  at::Tensor out = at::empty({raw.size(0), horizon}, at::kDouble);
  for (std::int64_t row = 0; row < raw.size(0); ++row) {
    const double* y = raw.data_ptr<double>() + row * length;
    for (int h = 0; h < horizon; ++h) {
      const std::int64_t last = length - season + h % season;
      std::int64_t at = last;
      while (at >= 0 && std::isnan(y[at])) at -= season;
      out.data_ptr<double>()[row * horizon + h] =
          at >= 0 ? y[at] : filled.data_ptr<double>()[row * length + last];
    }
  }
  return out;
}

LinearForecaster::LinearForecaster(const at::Tensor& windows, std::int64_t horizon, SeriesScaling scaling,
                                   double ridge)
    : scaling_(scaling) {
  if (windows.dim() != 2 || horizon < 1 || windows.size(1) <= horizon || windows.size(0) < 2)
    fail(ErrorKind::shape, "linear forecast", "windows of shape {} for a horizon of {}",
         shape_text(windows.sizes()), horizon);
  if (!(ridge >= 0)) fail(ErrorKind::option, "linear forecast", "the ridge {} is negative", ridge);
  if (!windows.isfinite().all().item<bool>())
    fail(ErrorKind::numeric, "linear forecast", "a window holds NaN or infinity");
  const std::int64_t c = windows.size(1) - horizon;
  SeriesScale scale;
  const at::Tensor x = inputs(windows.narrow(1, 0, c), scale);
  const at::Tensor y = scale.to_unit(windows.narrow(1, c, horizon).unsqueeze(1)).squeeze(1);
  at::Tensor penalty = at::eye(c + 1, at::kDouble) * (ridge * x.narrow(1, 0, c).square().sum() / c);
  penalty[c][c] = 0;
  weights_ = std::get<0>(at::linalg_solve_ex(x.t().matmul(x) + penalty, x.t().matmul(y)));
  if (!weights_.isfinite().all().item<bool>())
    fail(ErrorKind::numeric, "linear forecast", "the regression has no solution; a larger ridge may help");
  const std::int64_t kept = std::min<std::int64_t>(windows.size(0), 1000);
  const at::Tensor index = at::arange(kept, at::kLong).mul(windows.size(0)).floor_divide(kept);
  residuals_ = (y - x.matmul(weights_)).index_select(0, index);
}

/// [rows, c + 1] in unit size, the last column 1.
at::Tensor LinearForecaster::inputs(const at::Tensor& context, SeriesScale& scale) const {
  scale = scale_of(context.unsqueeze(1), scaling_);
  const at::Tensor x = scale.to_unit(bridged(context).unsqueeze(1)).squeeze(1);
  return at::cat({x, at::ones({x.size(0), 1}, at::kDouble)}, 1);
}

at::Tensor LinearForecaster::mean(const at::Tensor& context) const {
  SeriesScale scale;
  const at::Tensor x = inputs(context, scale);
  return scale.from_unit(x.matmul(weights_).unsqueeze(1)).squeeze(1);
}

at::Tensor LinearForecaster::paths(const at::Tensor& context, std::int64_t paths) const {
  SeriesScale scale;
  const at::Tensor x = inputs(context, scale);
  const at::Tensor index = at::arange(paths, at::kLong).mul(residuals_.size(0)).floor_divide(paths);
  return scale.from_unit(x.matmul(weights_).unsqueeze(1) + residuals_.index_select(0, index).unsqueeze(0));
}

}  // namespace ulam
