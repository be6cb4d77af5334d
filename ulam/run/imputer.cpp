#include "ulam/run/imputer.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/base/options.h"
#include "ulam/draw/draw.h"
#include "ulam/guide/terms.h"
#include "ulam/model/csdi.h"

namespace ulam {
namespace {

constexpr const char* impute_place = "impute";
constexpr double unseen = std::numeric_limits<double>::quiet_NaN();

class GuidedImputer final : public Imputer {
 public:
  explicit GuidedImputer(SeriesModel model) : model_(std::move(model)) {}
  std::int64_t length() const override { return model_.window.length; }
  bool guided() const override { return true; }
  at::Tensor paths(const SeriesTable& table, const WindowOptions& options, const Watch& watch,
                   Spent& spent) const override {
    for (std::size_t i = 0; i < table.names.size(); ++i)
      if (table.values[static_cast<std::int64_t>(i)].isnan().all().item<bool>())
        fail(ErrorKind::file, table.source,
             "column '{}' has no numbers, and the model sees each column alone", table.names[i]);
    return impute(model_, table.values, options, watch, spent);
  }

 private:
  SeriesModel model_;
};

class ToldImputer final : public Imputer {
 public:
  ToldImputer(ModelPtr model, CsdiWindow window) : model_(std::move(model)), window_(std::move(window)) {}
  std::int64_t length() const override { return window_.length; }
  bool guided() const override { return false; }

  at::Tensor paths(const SeriesTable& table, const WindowOptions& o, const Watch& watch,
                   Spent& spent) const override {
    if (o.paths < 1)
      fail(ErrorKind::option, impute_place, "{} paths were asked for, at least 1 is needed", o.paths);
    const at::Tensor y = table.values.to(at::kDouble);
    if (y.isinf().any().item<bool>()) fail(ErrorKind::numeric, table.source, "observations hold an infinity");
    const at::Tensor features = features_of_columns(table);
    const std::int64_t times = y.size(1), length = window_.length;
    at::Tensor filled = y.unsqueeze(1).repeat({1, o.paths, 1});
    struct Piece {
      std::int64_t start, from, to;  // entries from .. to - 1 come from the window at `start`
    };
    std::vector<Piece> pieces;
    const std::int64_t last = std::max<std::int64_t>(times - length, 0),
                       apart = std::max<std::int64_t>(length / 2, 1);
    for (std::int64_t start = 0, from = 0; from < times; start = std::min(start + apart, last)) {
      const std::int64_t next = std::min(start + apart, last);
      const std::int64_t to = start == last ? times : (start + next + length) / 2;
      if (y.narrow(1, from, to - from).isnan().any().item<bool>()) pieces.push_back({start, from, to});
      from = to;
    }
    if (pieces.empty()) return filled;

    const auto windows = static_cast<std::int64_t>(pieces.size());
    at::Tensor seen = at::full({windows, window_.features, length}, unseen, at::kDouble);
    const at::Tensor unit = (y - location(features)) / size(features);
    for (std::int64_t w = 0; w < windows; ++w) {
      const std::int64_t start = pieces[static_cast<std::size_t>(w)].start,
                         n = std::min(length, times - start);
      seen[w].narrow(1, 0, n).index_copy_(0, features, unit.narrow(1, start, n).contiguous());
    }
    const at::Tensor drawn = draw_windows_told(seen, o, watch, spent);
    for (std::int64_t w = 0; w < windows; ++w) {
      const Piece& p = pieces[static_cast<std::size_t>(w)];
      const std::int64_t n = p.to - p.from;
      const at::Tensor columns =
          drawn[w].index_select(1, features).narrow(2, p.from - p.start, n).transpose(0, 1);
      at::Tensor to = filled.narrow(2, p.from, n);
      to.copy_(
          at::where(to.isnan(), columns * size(features).unsqueeze(1) + location(features).unsqueeze(1), to));
    }
    return filled;
  }

 private:
  /// The number of the feature that each column is, int64 [columns].
  at::Tensor features_of_columns(const SeriesTable& table) const {
    const auto columns = static_cast<std::int64_t>(table.names.size());
    if (window_.names.empty()) {
      if (columns != window_.features)
        fail(ErrorKind::shape, table.source, "{} columns; the model '{}' has {} features without names",
             columns, model_->info().name, window_.features);
      return at::arange(columns, at::kLong);
    }
    at::Tensor out = at::empty({columns}, at::kLong);
    for (std::int64_t i = 0; i < columns; ++i) {
      const std::string& name = table.names[static_cast<std::size_t>(i)];
      const auto found = std::find(window_.names.begin(), window_.names.end(), name);
      if (found == window_.names.end())
        fail(ErrorKind::option, table.source, "column '{}' is no feature of the model '{}'; nearest: {}",
             name, model_->info().name, nearest_name(name, window_.names));
      out.data_ptr<std::int64_t>()[i] = found - window_.names.begin();
    }
    return out;
  }
  at::Tensor location(const at::Tensor& features) const { return of_features(window_.mean, features, 0); }
  at::Tensor size(const at::Tensor& features) const { return of_features(window_.deviation, features, 1); }
  /// [columns, 1].
  static at::Tensor of_features(const std::vector<double>& values, const at::Tensor& features,
                                double standard) {
    if (values.empty()) return at::full({features.size(0), 1}, standard, at::kDouble);
    return at::tensor(values, at::kDouble).index_select(0, features).unsqueeze(1);
  }

  /// Windows [n, features, length] in the model's units, NaN = not seen, completed: [n, paths, features,
  /// length]. Window w, path i has the id w * paths + i.
  at::Tensor draw_windows_told(const at::Tensor& seen, const WindowOptions& o, const Watch& watch,
                               Spent& spent) const {
    const ModelInfo& info = model_->info();
    const ModelFinder no_models = [](const std::string& name) -> ModelPtr {
      fail(ErrorKind::unsupported, impute_place,
           "guidance by another model ({}) has no place in an imputation", name);
    };
    DrawRequest request{Field(model_, info.row_limit, {}, make_terms(o.guide, no_models))};
    request.solver = o.solver;
    request.grid = o.grid;
    request.steps = o.steps > 0 ? o.steps : info.path.table_size() > 0 ? info.path.table_size() : 100;
    request.seed = o.seed;
    request.count = seen.size(0) * o.paths;
    request.watch = watch;
    request.conditions[window_condition] = seen.to(info.dtype).repeat_interleave(o.paths, 0);
    const DrawResult result = draw(request);
    spent += result.spent;
    if (result.cancelled) fail(ErrorKind::cancelled, impute_place, "was cancelled");
    return result.samples.to(at::kDouble).view({seen.size(0), o.paths, window_.features, window_.length});
  }

  ModelPtr model_;
  CsdiWindow window_;
};

}  // namespace

ImputerPtr make_imputer(const ModelPtr& model) {
  const auto network = std::dynamic_pointer_cast<const NetworkModel>(model);
  const auto told = [&](const ConditionInfo& c) { return c.name == window_condition; };
  if (network && std::any_of(model->info().conditions.begin(), model->info().conditions.end(), told))
    return std::make_shared<const ToldImputer>(
        model, csdi_window(network->network().config(), "model '" + model->info().name + "'"));
  return std::make_shared<const GuidedImputer>(series_model(model));
}

}  // namespace ulam
