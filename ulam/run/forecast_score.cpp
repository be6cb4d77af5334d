#include "ulam/run/forecast_score.h"

#include <cmath>
#include <limits>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/measure/forecast.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace {

constexpr const char* forecast_score_place = "score";

}  // namespace

Backtest backtest(const SeriesTable& table, std::int64_t length, int horizon, int cases, int apart) {
  const std::int64_t times = table.values.size(1);
  if (cases < 1)
    fail(ErrorKind::option, forecast_score_place, "{} cases a series were asked for, at least 1 is needed",
         cases);
  if (apart == 0) apart = horizon;
  Backtest out;
  out.horizon = horizon;
  std::vector<at::Tensor> windows, truths;
  std::vector<double> units;
  for (std::int64_t s = 0; s < table.values.size(0); ++s) {
    const at::Tensor y = table.values[s];
    double level = 0;
    std::size_t first = truths.size();
    for (int c = cases; c >= 1; --c) {
      const std::int64_t end = times - static_cast<std::int64_t>(c - 1) * apart, from = end - horizon;
      if (from < 1) continue;
      const at::Tensor truth = y.narrow(0, from, horizon);
      if (truth.isnan().any().item<bool>()) continue;
      const at::Tensor before = y.narrow(0, 0, from);
      if (before
              .narrow(0, std::max<std::int64_t>(0, from - (length - horizon)),
                      std::min(from, length - horizon))
              .isnan()
              .all()
              .item<bool>())
        continue;
      windows.push_back(forecast_windows(before.unsqueeze(0), horizon, length)[0]);
      truths.push_back(truth);
      out.series.push_back(table.names[static_cast<std::size_t>(s)]);
      level += truth.abs().mean().item<double>();
    }
    const double n = static_cast<double>(truths.size() - first);
    for (; first < truths.size(); ++first) units.push_back(level > 0 ? level / n : 1);
  }
  if (windows.size() < 2)
    fail(ErrorKind::file, table.source,
         "fewer than 2 horizons of {} complete values at the ends of its series; {} cannot be scored",
         horizon, windows.empty() ? "nothing" : "one alone");
  out.windows = at::stack(windows);
  out.truth = at::stack(truths);
  out.unit = at::tensor(units, at::kDouble);
  return out;
}

ForecastScore score_forecast(const std::string& name, const Backtest& test, const at::Tensor& paths) {
  if (paths.dim() != 3 || paths.size(0) != test.truth.size(0) || paths.size(2) != test.horizon)
    fail(ErrorKind::shape, forecast_score_place, "paths of shape {} for truths of shape {}",
         shape_text(paths.sizes()), shape_text(test.truth.sizes()));
  const at::Tensor truth = test.truth / test.unit.view({-1, 1}),
                   x = paths.to(at::kDouble) / test.unit.view({-1, 1, 1});
  ForecastScore out{name, {crps(x, truth, false)}, 0};
  if (paths.size(1) >= 19) {
    out.figures.push_back(interval_coverage(x, truth, .9));
    out.figures.push_back(interval_width(x, truth, .9));
  }
  return out;
}

std::vector<ForecastScore> score_baselines(const Backtest& test, const at::Tensor& training, int season,
                                           SeriesScaling scaling, std::int64_t members) {
  const std::int64_t length = test.windows.size(1), c = length - test.horizon;
  const at::Tensor context = test.windows.narrow(1, 0, c);
  std::vector<ForecastScore> out;
  season = std::clamp<int>(season, 1, static_cast<int>(c));
  const std::string name = fmt::format("seasonal naive ({})", season);
  out.push_back(score_forecast(name, test, seasonal_naive(context, test.horizon, season).unsqueeze(1)));
  if (training.defined() && training.size(0) >= 2 * length) {
    const LinearForecaster linear(training, test.horizon, scaling);
    out.push_back(score_forecast("linear (ridge)", test, linear.paths(context, members)));
  }
  return out;
}

at::Tensor training_windows(const SeriesTable& table, std::int64_t length, double share, std::int64_t most) {
  const std::int64_t times =
      static_cast<std::int64_t>(std::floor(share * static_cast<double>(table.values.size(1))));
  std::vector<at::Tensor> all;
  for (std::int64_t s = 0; s < table.values.size(0); ++s) {
    if (times < length) break;
    const at::Tensor windows = table.values[s].narrow(0, 0, times).unfold(0, length, 1);
    const at::Tensor complete = windows.isnan().any(1).logical_not().nonzero().squeeze(1);
    if (complete.numel() > 0) all.push_back(windows.index_select(0, complete));
  }
  if (all.empty()) return at::empty({0, length}, at::kDouble);
  const at::Tensor windows = at::cat(all);
  const std::int64_t n = std::min(most, windows.size(0));
  return windows.index_select(0, at::arange(n, at::kLong).mul(windows.size(0)).floor_divide(n));
}

}  // namespace ulam
