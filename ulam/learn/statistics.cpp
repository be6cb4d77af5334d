#include "ulam/learn/statistics.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/draw/loop.h"
#include "ulam/measure/moments.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace {

constexpr const char* statistics_place = "statistics";

void check(const Dataset& data, const StatisticsOptions& o, std::int64_t d) {
  for (const std::int64_t rank : {o.rank, o.class_rank})
    if (rank < 0 || rank > 1000) fail(ErrorKind::option, statistics_place, "rank {} is not in 0..1000", rank);
  if (d > most_statistics_dimensions)
    fail(ErrorKind::unsupported, statistics_place, "rows of {} numbers, covariances are decomposed up to {}",
         d, most_statistics_dimensions);
  if (data.size() < 2)
    fail(ErrorKind::option, statistics_place, "{} rows; at least 2 are needed", data.size());
  if (o.classes > 0 && !data.labels.defined())
    fail(ErrorKind::unsupported, statistics_place, "statistics of classes need labels, and {} has none",
         data.source);
}

/// Row numbers by class; the last entry holds the rows of no class.
std::vector<std::vector<std::int64_t>> rows_by_class(const Dataset& data, int classes) {
  std::vector<std::vector<std::int64_t>> rows(static_cast<std::size_t>(classes) + 1);
  if (classes == 0) {
    rows[0].resize(static_cast<std::size_t>(data.size()));
    std::iota(rows[0].begin(), rows[0].end(), std::int64_t{0});
    return rows;
  }
  const at::Tensor labels = data.labels.to(at::kLong).contiguous();
  const std::int64_t* label = labels.data_ptr<std::int64_t>();
  for (std::int64_t r = 0; r < data.size(); ++r) {
    const bool known = label[r] >= 0 && label[r] < classes;
    rows[known ? static_cast<std::size_t>(label[r]) : rows.size() - 1].push_back(r);
  }
  return rows;
}

[[noreturn]] void stopped() { fail(ErrorKind::cancelled, statistics_place, "was cancelled"); }

struct Agreeing {
  const Field& field;
  const GaussianSet& statistics;
  const CalibrationOptions& options;
  const Watch& watch;
  Ledger ledger;

  /// |D_net - D_gauss|^2 / |D_net - mean|^2 over all rows.
  double ratio(const at::Tensor& x0, const at::Tensor& noise, double t, const Conditions& conditions) {
    if (watch.cancelled()) stopped();
    const ModelInfo& info = field.info();
    const Marginal m = info.path.at(t);
    const at::Tensor x = (x0 * m.a + noise * m.s).to(info.dtype);
    const at::Tensor times = at::full({x.size(0)}, t, at::kDouble);
    const at::Tensor p = field.answer(x, times, conditions, {}, ledger, watch).prediction;
    const Affine to = to_data(info.head, m);
    const at::Tensor wide = x.to(at::kDouble), net = wide * to.of_x + p.to(at::kDouble) * to.of_p;
    const at::Tensor gauss = denoise(statistics, wide, m, conditions);
    // At a = 0 the Gaussian knows nothing but its mean.
    const at::Tensor mean = denoise(statistics, wide, {0, 1, 0, 0}, conditions);
    return ((net - gauss).square().sum() / (net - mean).square().sum()).item<double>();
  }
};

}  // namespace

GaussianSet dataset_statistics(const Dataset& data, const StatisticsOptions& o, const Watch& watch) {
  const std::int64_t d = data.size() > 0 ? data.images.numel() / data.size() : 0;
  check(data, o, d);
  const double half = (o.data_high - o.data_low) / 2, least = 1e-6 * half * half;
  const std::int64_t block = moment_block_rows(d);
  std::int64_t done = 0;
  GaussianSet out;
  Moments all;
  const auto groups = rows_by_class(data, o.classes);
  for (std::size_t c = 0; c < groups.size(); ++c) {
    const std::vector<std::int64_t>& rows = groups[c];
    Moments moments;
    for (std::size_t first = 0; first < rows.size(); first += static_cast<std::size_t>(block)) {
      if (watch.cancelled()) stopped();
      const auto count = std::min<std::int64_t>(block, static_cast<std::int64_t>(rows.size() - first));
      const at::Tensor index = at::tensor(at::ArrayRef<std::int64_t>(rows.data() + first, count));
      const at::Tensor bytes = data.images.index_select(0, index).reshape({count, d});
      const at::Tensor x = bytes.to(at::kDouble).mul_(2 * half / 255).add_(o.data_low);
      moments = merged(moments, moments_of_rows(x));
      done += count;
      watch.report({"statistics", done, data.size(), "rows", ""});
    }
    if (c + 1 < groups.size()) {
      if (moments.rows < 2)
        fail(ErrorKind::option, statistics_place,
             "class {} has {} rows; at least 2 are needed for its own statistics", c, moments.rows);
      out.classes.push_back(make_gaussian(moments.mean, moments.covariance(), o.class_rank, least));
    }
    all = merged(all, moments);
  }
  out.all = make_gaussian(all.mean, all.covariance(), o.rank, least);
  out.rows = data.size();
  out.data_low = o.data_low;
  out.data_high = o.data_high;
  out.data = data.source;
  return out;
}

Calibration calibrate(const Field& field, const GaussianSet& statistics, const at::Tensor& pictures,
                      const at::Tensor& labels, const CalibrationOptions& o, const Watch& watch) {
  const ModelInfo& info = field.info();
  const std::int64_t rows = std::min(o.rows, pictures.size(0));
  if (rows < 1 || pictures.sizes().slice(1) != at::IntArrayRef(info.shape))
    fail(ErrorKind::shape, "calibration", "rows of shape {} needed, the shape is {}", shape_text(info.shape),
         shape_text(pictures.sizes()));
  const at::Tensor x0 = pictures.narrow(0, 0, rows).to(at::kDouble);
  std::vector<std::uint64_t> ids(static_cast<std::size_t>(rows));
  std::iota(ids.begin(), ids.end(), std::uint64_t{0});
  const bool conditional = labels.defined() && !info.conditions.empty();
  Conditions conditions;
  if (conditional) conditions["label"] = labels.narrow(0, 0, rows).to(at::kLong);

  Agreeing agreeing{field, statistics, o, watch, Ledger()};
  Calibration out;
  const double most = std::min(info.path.rho(info.path.t_noise()), 200.0);
  const double last = std::max(o.least, info.path.rho(info.path.t_data()));
  std::uint32_t draw = 0;
  for (double sigma = most; sigma >= last; sigma /= o.ratio) {
    const double t = draw == 0 && std::isfinite(info.path.rho(info.path.t_noise())) && most < 200
                         ? info.path.t_noise()
                         : info.path.time_of_rho(sigma);
    const at::Tensor noise = keyed_normal(o.seed, Stream::test, ids, draw++, info.shape, at::kDouble);
    Agreement level{sigma, 0, agreeing.ratio(x0, noise, t, {})};
    level.conditional = conditional ? agreeing.ratio(x0, noise, t, conditions) : level.null;
    out.levels.push_back(level);
    const bool passes = std::max(level.conditional, level.null) <= o.tolerance;
    if (passes) out.sigma = sigma;
    if (!passes && out.sigma) break;
    watch.report({"calibrating", static_cast<std::int64_t>(draw), 0, "levels", ""});
  }
  out.evaluations = agreeing.ledger.spent().evaluations;
  return out;
}

std::optional<double> rule_of_thumb(const GaussianSet& set) {
  double largest = set.all.rest;
  for (const Gaussian& g : set.classes)
    if (g.rank() > 0) largest = std::max(largest, g.values[0].item<double>());
  if (set.all.rank() > 0) largest = std::max(largest, set.all.values[0].item<double>());
  return largest > 0 ? std::optional(3 * std::sqrt(largest)) : std::nullopt;
}

MeasuredStatistics measure_statistics(const Field& field, const std::string& source,
                                      const MeasureStatisticsOptions& o, const Watch& watch) {
  const ModelInfo& info = field.info();
  const Dataset data = read_dataset(source, Split::train);
  if (data.images.sizes().slice(1) != at::IntArrayRef(info.shape))
    fail(ErrorKind::shape, source, "pictures of shape {}, the model's are {}",
         shape_text(data.images.sizes().slice(1)), shape_text(info.shape));
  StatisticsOptions how;
  how.rank = o.rank;
  how.class_rank = o.class_rank;
  how.data_low = info.data_low;
  how.data_high = info.data_high;
  if (o.classes && data.labels.defined() && !info.conditions.empty())
    how.classes = info.conditions.front().classes;
  MeasuredStatistics out{dataset_statistics(data, how, watch), {}};
  out.set.data = std::filesystem::path(source).filename().string();

  Dataset held = read_dataset(source, Split::test);
  if (!held.images.defined()) held = data;
  const std::int64_t rows = std::min(o.calibration.rows, held.size());
  const at::Tensor index = at::arange(rows, at::kLong).mul_(held.size()).floor_divide(rows);
  const at::Tensor labels =
      how.classes > 0 && held.labels.defined() ? held.labels.index_select(0, index) : at::Tensor();
  out.calibration = calibrate(
      field, out.set, pictures_to_float(held.images.index_select(0, index), info.data_low, info.data_high),
      labels, o.calibration, watch);
  out.set.sigma = out.calibration.sigma;
  out.set.calibrated = info.hash;
  if (!out.set.sigma)
    out.set.sigma = rule_of_thumb(out.set), out.set.sigma_by_rule = out.set.sigma.has_value();
  return out;
}

}  // namespace ulam
