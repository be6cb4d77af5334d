#include "ulam/measure/forecast.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/base/text.h"
#include "ulam/measure/binomial.h"
#include "ulam/measure/resample.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace {

constexpr const char* forecast_place = "forecast";

std::vector<double> sorted_members(std::span<const double> members) {
  std::vector<double> x(members.begin(), members.end());
  for (const double v : x)
    if (!std::isfinite(v)) fail(ErrorKind::numeric, forecast_place, "a member is {}", v);
  std::sort(x.begin(), x.end());
  return x;
}

/// Quantile at u by interpolation between order statistics at i / (m + 1).
double quantile(const std::vector<double>& x, double u) {
  const double rank = u * static_cast<double>(x.size() + 1) - 1;
  const double below = std::clamp(std::floor(rank), 0., static_cast<double>(x.size() - 1));
  const auto i = static_cast<std::size_t>(below);
  const double part = std::clamp(rank - below, 0., 1.);
  return part > 0 && i + 1 < x.size() ? x[i] + part * (x[i + 1] - x[i]) : x[i];
}

double least_members(double level) { return 2 / (1 - level) - 1; }

/// One number a series: `score` averaged over what follows the members.
Figure scored(const at::Tensor& ensemble, const at::Tensor& truth, const std::string& name,
              const std::function<double(std::span<const double>, double)>& score) {
  std::vector<std::int64_t> wanted = ensemble.sizes().vec();
  if (wanted.size() >= 2) wanted.erase(wanted.begin() + 1);
  if (ensemble.dim() < 2 || truth.sizes().vec() != wanted)
    fail(ErrorKind::shape, name,
         "an ensemble is [series, members, ...] and its truth [series, ...]; {} and {} are given",
         shape_text(ensemble.sizes()), shape_text(truth.sizes()));
  const std::int64_t series = ensemble.size(0), members = ensemble.size(1);
  if (series < 2 || members < 1 || truth.numel() == 0)
    fail(ErrorKind::option, name, "{} series of {} members; at least 2 of 1 are needed", series, members);
  const std::int64_t inner = truth.numel() / series;
  std::vector<double> means;
  for (std::int64_t s = 0; s < series; ++s) {
    // [inner, members], a series at a time: little memory however many.
    const at::Tensor x = ensemble[s].reshape({members, inner}).t().to(at::kDouble).contiguous();
    const at::Tensor y = truth[s].to(at::kDouble).contiguous();
    if (!at::isfinite(x).all().item<bool>() || !at::isfinite(y).all().item<bool>())
      fail(ErrorKind::numeric, name, "series {} holds NaN or infinity", s);
    double sum = 0;
    for (std::int64_t k = 0; k < inner; ++k)
      sum += score({x.data_ptr<double>() + k * members, static_cast<std::size_t>(members)},
                   y.data_ptr<double>()[k]);
    means.push_back(sum / static_cast<double>(inner));
  }
  const Mean mean = mean_of(means);
  Figure f;
  f.name = name;
  f.value = mean.value;
  f.error = mean.error;
  f.error_by = "scatter over series";
  f.rows = series;
  return f;
}

std::string percent(double level) { return real_text(std::round(level * 1e6) / 1e4); }

void check_level(double level) {
  if (!(level > 0 && level < 1))
    fail(ErrorKind::option, forecast_place, "an interval of level {}; above 0 and below 1 are valid", level);
}

}  // namespace

double crps_ensemble(std::span<const double> members, double truth, bool fair) {
  if (members.size() < (fair ? 2u : 1u))
    fail(ErrorKind::option, "crps", "{} members; at least {} are needed{}", members.size(), fair ? 2 : 1,
         fair ? " (1 with fair=no)" : "");
  if (!std::isfinite(truth)) fail(ErrorKind::numeric, "crps", "the truth is {}", truth);
  const std::vector<double> x = sorted_members(members);
  const auto m = static_cast<double>(x.size());
  double distance = 0, spread = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    distance += std::abs(x[i] - truth);
    // sum_{i<j} (x_j - x_i) = sum_i (2 i - m - 1) x_i for i = 1..m; about the truth, against cancellation.
    spread += (2 * static_cast<double>(i + 1) - m - 1) * (x[i] - truth);
  }
  return distance / m - spread / (fair ? m * (m - 1) : m * m);
}

double crps_quantiles(std::span<const double> levels, std::span<const double> values, double truth) {
  if (levels.empty() || levels.size() != values.size())
    fail(ErrorKind::option, "crps", "{} levels for {} quantiles; as many of each, at least one, are needed",
         levels.size(), values.size());
  if (!std::isfinite(truth)) fail(ErrorKind::numeric, "crps", "the truth is {}", truth);
  double sum = 0;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const double below = i > 0 ? levels[i - 1] : 0, above = i + 1 < levels.size() ? levels[i + 1] : 1;
    if (!(below < levels[i] && levels[i] < above))
      fail(ErrorKind::option, "crps", "level {} is out of order; levels rise within (0, 1)", levels[i]);
    if (!std::isfinite(values[i])) fail(ErrorKind::numeric, "crps", "a quantile is {}", values[i]);
    if (i > 0 && values[i] < values[i - 1])
      fail(ErrorKind::option, "crps", "the quantile at {} is below that at {}", levels[i], levels[i - 1]);
    const double left = i > 0 ? (below + levels[i]) / 2 : 0;
    const double right = i + 1 < levels.size() ? (levels[i] + above) / 2 : 1;
    const double pinball = ((truth < values[i] ? 1 : 0) - levels[i]) * (values[i] - truth);
    sum += 2 * (right - left) * pinball;
  }
  return sum;
}

Interval central_interval(std::span<const double> members, double level) {
  check_level(level);
  if (static_cast<double>(members.size()) < least_members(level) - 1e-9)
    fail(ErrorKind::option, forecast_place, "a central {} % interval needs at least {} members; {} are given",
         percent(level), std::ceil(least_members(level) - 1e-9), members.size());
  const std::vector<double> x = sorted_members(members);
  return {quantile(x, (1 - level) / 2), quantile(x, (1 + level) / 2)};
}

Figure crps(const at::Tensor& ensemble, const at::Tensor& truth, bool fair) {
  Figure f = scored(ensemble, truth, "crps",
                    [fair](std::span<const double> x, double y) { return crps_ensemble(x, y, fair); });
  f.note = fair ? "fair: unbiased in the number of members; lower is better"
                : "of the ensemble as it is: falls with more members; lower is better";
  return f;
}

Figure interval_coverage(const at::Tensor& ensemble, const at::Tensor& truth, double level) {
  check_level(level);
  Figure f =
      scored(ensemble, truth, "coverage" + percent(level), [level](std::span<const double> x, double y) {
        const Interval ends = central_interval(x, level);
        return ends.low <= y && y <= ends.high ? 1. : 0.;
      });
  f.note = fmt::format("calibrated: {}", real_text(level));
  if (f.error == 0) {  // all inside or all outside: no scatter, but not certain either
    f.error = binomial_error(std::llround(f.value * static_cast<double>(f.rows)), f.rows);
    f.error_by = "binomial";
  }
  return f;
}

Figure interval_width(const at::Tensor& ensemble, const at::Tensor& truth, double level) {
  check_level(level);
  Figure f = scored(ensemble, truth, "width" + percent(level), [level](std::span<const double> x, double) {
    const Interval ends = central_interval(x, level);
    return ends.high - ends.low;
  });
  f.note = "in the units of the data; narrower is better at equal coverage";
  return f;
}

}  // namespace ulam
