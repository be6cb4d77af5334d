#include "ulam/run/forecast.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/draw/draw.h"
#include "ulam/guide/observe.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace {

constexpr const char* forecast_place = "forecast";
constexpr double none = std::numeric_limits<double>::quiet_NaN();

void check_finite_or_missing(const at::Tensor& y, const char* what) {
  if (y.isinf().any().item<bool>()) fail(ErrorKind::numeric, forecast_place, "{} hold an infinity", what);
}

}  // namespace

SeriesModel series_model(const ModelPtr& model) {
  const auto network = std::dynamic_pointer_cast<const NetworkModel>(model);
  if (!network)
    fail(ErrorKind::unsupported, forecast_place,
         "'{}' is an exact problem; a trained model of series is needed", model ? model->info().name : "");
  SeriesModel out{model, series_window(network->network().config(), "model '" + model->info().name + "'")};
  if (out.window.channels != 1)
    fail(ErrorKind::unsupported, forecast_place, "the model '{}' has {} channels, forecasts take 1",
         model->info().name, out.window.channels);
  return out;
}

at::Tensor draw_windows(const SeriesModel& model, const at::Tensor& observed, const WindowOptions& o,
                        const Watch& watch, Spent& spent) {
  const std::int64_t length = model.window.length;
  if (observed.dim() != 2 || observed.size(1) != length)
    fail(ErrorKind::shape, forecast_place, "windows of shape {}, the model takes [n, {}]",
         shape_text(observed.sizes()), length);
  if (o.paths < 1)
    fail(ErrorKind::option, forecast_place, "{} paths were asked for, at least 1 is needed", o.paths);
  check_finite_or_missing(observed, "observations");
  const std::int64_t windows = observed.size(0), rows = windows * o.paths;
  if (rows == 0) return at::empty({0, o.paths, length}, at::kDouble);
  const ModelInfo& info = model.model->info();
  const at::Tensor y = observed.to(at::kDouble).unsqueeze(1);
  const SeriesScale scale = scale_of(y, model.window.scaling);

  const ModelFinder no_models = [](const std::string& name) -> ModelPtr {
    fail(ErrorKind::unsupported, forecast_place, "guidance by another model ({}) has no place in a forecast",
         name);
  };
  DrawRequest request{Field(model.model, info.row_limit, {}, make_terms(o.guide, no_models))};
  request.solver = o.solver;
  request.grid = o.grid;
  request.steps = o.steps > 0 ? o.steps : info.path.table_size() > 0 ? info.path.table_size() : 100;
  request.seed = o.seed;
  request.count = rows;
  request.watch = watch;
  if (!request.field.terms().empty()) {
    const at::Tensor level = (at::arange(o.paths, at::kDouble) + 1) / static_cast<double>(o.paths + 1);
    request.conditions[observed_condition] = scale.to_unit(y).repeat_interleave(o.paths, 0).to(info.dtype);
    request.conditions[level_condition] = level.repeat({windows});
  }
  const DrawResult result = draw(request);
  spent += result.spent;
  if (result.cancelled) fail(ErrorKind::cancelled, forecast_place, "was cancelled");
  const at::Tensor unit = result.samples.to(at::kDouble).view({windows, o.paths, length});
  return scale.from_unit(unit);
}

at::Tensor forecast_windows(const at::Tensor& series, int horizon, std::int64_t length) {
  if (horizon < 1 || horizon > length / 2)
    fail(ErrorKind::option, forecast_place,
         "a horizon of {} does not fit the model, whose windows of {} allow 1 to {}", horizon, length,
         length / 2);
  const std::int64_t context = std::min(length - horizon, series.size(1));
  at::Tensor out = at::full({series.size(0), length}, none, at::kDouble);
  out.narrow(1, length - horizon - context, context)
      .copy_(series.narrow(1, series.size(1) - context, context));
  return out;
}

at::Tensor quantiles_of(const at::Tensor& paths, const std::vector<double>& levels) {
  const at::Tensor sorted = std::get<0>(paths.to(at::kDouble).sort(1));
  const std::int64_t n = sorted.size(1);
  std::vector<at::Tensor> out;
  for (const double level : levels) {
    if (!(level > 0 && level < 1))
      fail(ErrorKind::option, forecast_place, "the quantile level {} is not in (0, 1)", level);
    const double rank = std::clamp(level * static_cast<double>(n + 1) - 1, 0., static_cast<double>(n - 1));
    const auto below = static_cast<std::int64_t>(rank), above = std::min(below + 1, n - 1);
    const double part = rank - static_cast<double>(below);
    out.push_back(sorted.select(1, below) * (1 - part) + sorted.select(1, above) * part);
  }
  return at::stack(out, 1);
}

at::Tensor impute(const SeriesModel& model, const at::Tensor& series, const WindowOptions& options,
                  const Watch& watch, Spent& spent) {
  const std::int64_t length = model.window.length, times = series.size(1);
  at::Tensor filled = series.to(at::kDouble).unsqueeze(1).repeat({1, options.paths, 1}).contiguous();
  struct Piece {
    std::int64_t row, from, to, start;  // gaps in from .. to - 1 come from the window at `start`
  };
  std::vector<Piece> pieces;
  std::vector<at::Tensor> windows;
  const at::Tensor y = series.to(at::kDouble).contiguous();
  for (std::int64_t r = 0; r < y.size(0); ++r) {
    const double* v = y.data_ptr<double>() + r * times;
    for (std::int64_t i = 0; i < times; ++i) {
      if (!std::isnan(v[i])) continue;
      const std::int64_t start =
          std::clamp<std::int64_t>(i - length / 4, 0, std::max<std::int64_t>(times - length, 0));
      const std::int64_t to = start + length >= times ? times : std::min(times, start + 3 * length / 4);
      at::Tensor window = at::full({length}, none, at::kDouble);
      const std::int64_t n = std::min(length, times - start);
      window.narrow(0, length - n, n).copy_(y[r].narrow(0, start, n));
      windows.push_back(window);
      pieces.push_back({r, i, to, start});
      i = to - 1;
    }
  }
  if (windows.empty()) return filled;
  const at::Tensor drawn = draw_windows(model, at::stack(windows), options, watch, spent);
  for (std::size_t p = 0; p < pieces.size(); ++p) {
    const Piece& piece = pieces[p];
    const std::int64_t shift = length - std::min(length, times - piece.start) - piece.start,
                       n = piece.to - piece.from;
    const at::Tensor from = drawn[static_cast<std::int64_t>(p)].narrow(1, piece.from + shift, n);
    at::Tensor to = filled[piece.row].narrow(1, piece.from, n);
    to.copy_(at::where(to.isnan(), from, to));
  }
  return filled;
}

}  // namespace ulam
