#include "ulam/run/refine_forecast.h"

#include <cmath>
#include <numeric>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include "ulam/base/error.h"
#include "ulam/draw/loop.h"
#include "ulam/guide/field.h"
#include "ulam/model/convert.h"
#include "ulam/run/baselines.h"

namespace ulam {
namespace {

constexpr const char* refine_forecast_place = "refine";

std::vector<std::uint64_t> row_ids(std::int64_t rows) {
  std::vector<std::uint64_t> ids(static_cast<std::size_t>(rows));
  std::iota(ids.begin(), ids.end(), std::uint64_t{0});
  return ids;
}

/// |eps - eps_theta(a y + s eps, t)|^2 of every row, with a graph to y where there is one.
at::Tensor noise_losses(const Field& field, const at::Tensor& y, const at::Tensor& eps, double t,
                        bool gradients, const Watch& watch, Ledger& ledger) {
  const ModelInfo& info = field.info();
  const Marginal m = info.path.at(t);
  const at::Tensor x = y * m.a + eps * m.s;
  const at::Tensor times = at::full({y.size(0)}, t, at::kDouble);
  const at::Tensor p = field.answer(x, times, {}, {}, ledger, watch, gradients).prediction;
  const Affine noise = to_noise(info.head, m);
  return (x * noise.of_x + p * noise.of_p - eps).square().flatten(1).sum(1);
}

at::Tensor noise_of(std::uint64_t seed, Stream stream, std::int64_t rows, std::int64_t length, int draw,
                    at::ScalarType type) {
  const std::int64_t shape[] = {1, length};
  return keyed_normal(seed, stream, row_ids(rows), static_cast<std::uint32_t>(draw), shape, type);
}

}  // namespace

at::Tensor langevin(at::Tensor y, const std::function<at::Tensor(const at::Tensor&, int)>& gradient,
                    const ForecastRefineOptions& o) {
  if (o.iterations < 0)
    fail(ErrorKind::option, refine_forecast_place, "{} iterations were asked for", o.iterations);
  if (!(o.step > 0) || !std::isfinite(o.step))
    fail(ErrorKind::option, refine_forecast_place, "the step {} is not positive", o.step);
  const auto ids = row_ids(y.size(0));
  for (int i = 0; i < o.iterations; ++i) {
    y = y - gradient(y, i) * o.step;
    if (o.method == ForecastRefineOptions::Method::langevin && o.temper != 0)
      y = y + keyed_normal(o.seed, Stream::step, ids, static_cast<std::uint32_t>(i), y.sizes().slice(1),
                           y.scalar_type()) *
                  (std::sqrt(2 * o.step) * o.temper);
  }
  return y;
}

at::Tensor refine_forecast(const SeriesModel& model, const at::Tensor& base, const at::Tensor& observed,
                           double time, const ForecastRefineOptions& o, const Watch& watch, Spent& spent) {
  const std::int64_t length = model.window.length;
  if (base.dim() != 3 || observed.dim() != 2 || base.size(0) != observed.size(0) || base.size(2) != length ||
      observed.size(1) != length)
    fail(ErrorKind::shape, refine_forecast_place,
         "a base of shape {} and observations of shape {}, windows have {}", shape_text(base.sizes()),
         shape_text(observed.sizes()), length);
  if (!base.isfinite().all().item<bool>())
    fail(ErrorKind::numeric, refine_forecast_place, "the base forecast holds NaN or infinity");
  const std::int64_t windows = base.size(0), paths = base.size(1), rows = windows * paths;
  const ModelInfo& info = model.model->info();
  const SeriesScale scale = scale_of(observed.to(at::kDouble).unsqueeze(1), model.window.scaling);
  const at::Tensor sorted = std::get<0>(base.to(at::kDouble).sort(1));
  const at::Tensor start = scale.to_unit(sorted).reshape({rows, 1, length}).to(info.dtype);
  const at::Tensor level = ((at::arange(paths, at::kDouble) + 1) / static_cast<double>(paths + 1))
                               .repeat({windows})
                               .to(info.dtype)
                               .view({rows, 1, 1});
  at::Tensor held = at::ones_like(start);
  if (!o.near_forecast)
    held = observed.isnan().logical_not().repeat_interleave(paths, 0).unsqueeze(1).to(info.dtype);
  const Field field(model.model, info.row_limit);
  Ledger ledger;
  const auto gradient = [&](const at::Tensor& y, int iteration) {
    if (watch.cancelled()) fail(ErrorKind::cancelled, refine_forecast_place, "was cancelled");
    const at::Tensor eps = noise_of(o.seed, Stream::transfer, rows, length, iteration, info.dtype);
    at::Tensor out = at::empty_like(y);
    const std::int64_t piece = info.row_limit > 0 ? info.row_limit : rows;
    for (std::int64_t first = 0; first < rows; first += piece) {
      const std::int64_t n = std::min(piece, rows - first);
      const at::AutoGradMode graph(true);
      const at::Tensor leaf = y.narrow(0, first, n).detach().clone().requires_grad_(true);
      const at::Tensor e = (start.narrow(0, first, n) - leaf) * held.narrow(0, first, n);
      const at::Tensor k = level.narrow(0, first, n);
      const at::Tensor near =
          o.loss == ForecastRefineOptions::Loss::quantile ? at::maximum(k * e, (k - 1) * e) : e.square();
      const at::Tensor energy =
          noise_losses(field, leaf, eps.narrow(0, first, n), time, true, watch, ledger).sum() +
          near.sum() * o.lambda;
      out.narrow(0, first, n).copy_(torch::autograd::grad({energy}, {leaf})[0]);
    }
    watch.report({"refining", iteration + 1, o.iterations, "iterations", ""});
    return out;
  };
  const at::Tensor y = langevin(start, gradient, o);
  spent += ledger.spent();
  if (!y.isfinite().all().item<bool>())
    fail(ErrorKind::numeric, refine_forecast_place,
         "the refinement left the finite numbers; a smaller step than {} may help", o.step);
  return scale.from_unit(y.view({windows, paths, length}));
}

at::Tensor base_windows(const at::Tensor& windows, const at::Tensor& base, std::int64_t paths) {
  const at::Tensor all = base.dim() == 2 ? base.unsqueeze(1).expand({-1, paths, -1}) : base;
  if (all.dim() != 3 || windows.dim() != 2 || all.size(0) != windows.size(0) || all.size(1) != paths ||
      all.size(2) > windows.size(1))
    fail(ErrorKind::shape, refine_forecast_place,
         "a base forecast of shape {} for windows of shape {} and {} paths", shape_text(base.sizes()),
         shape_text(windows.sizes()), paths);
  at::Tensor out = bridged(windows).unsqueeze(1).repeat({1, paths, 1});
  out.narrow(2, windows.size(1) - all.size(2), all.size(2)).copy_(all);
  return out;
}

std::size_t nearest_to_mean(const std::vector<double>& losses) {
  if (losses.empty()) fail(ErrorKind::option, refine_forecast_place, "no losses are given");
  const double mean = std::accumulate(losses.begin(), losses.end(), 0.0) / static_cast<double>(losses.size());
  std::size_t best = 0;
  for (std::size_t i = 1; i < losses.size(); ++i)
    if (std::abs(losses[i] - mean) < std::abs(losses[best] - mean)) best = i;
  return best;
}

double representative_time(const SeriesModel& model, const at::Tensor& windows, int count, std::uint64_t seed,
                           const Watch& watch, Spent& spent) {
  if (windows.dim() != 2 || windows.size(0) < 1 || windows.size(1) != model.window.length)
    fail(ErrorKind::shape, refine_forecast_place, "windows of shape {}, the model takes [n, {}]",
         shape_text(windows.sizes()), model.window.length);
  const ModelInfo& info = model.model->info();
  const Path& path = info.path;
  if (count == 0) count = path.table_size() > 0 ? path.table_size() : 100;
  const at::Tensor y = windows.unsqueeze(1);
  const at::Tensor unit = scale_of(y, model.window.scaling).to_unit(y).to(info.dtype);
  const Field field(model.model, info.row_limit);
  Ledger ledger;
  std::vector<double> times, losses;
  for (int i = 0; i < count; ++i) {
    if (watch.cancelled()) fail(ErrorKind::cancelled, refine_forecast_place, "was cancelled");
    const double t = path.t_data() + (path.t_noise() - path.t_data()) *
                                         (count > 1 ? static_cast<double>(i) / (count - 1) : .5);
    const at::Tensor eps = noise_of(seed, Stream::test, unit.size(0), model.window.length, i, info.dtype);
    const double loss = noise_losses(field, unit, eps, t, false, watch, ledger).mean().item<double>();
    if (std::isfinite(loss)) times.push_back(t), losses.push_back(loss);
    watch.report({"choosing the time", i + 1, count, "times", ""});
  }
  spent += ledger.spent();
  return times[nearest_to_mean(losses)];
}

}  // namespace ulam
