#include "ulam/cli/forecast_command.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <limits>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/base/text.h"
#include "ulam/cli/exit_code.h"
#include "ulam/cli/forecast_files.h"
#include "ulam/cli/interrupt.h"
#include "ulam/cli/model_source.h"
#include "ulam/cli/progress_view.h"
#include "ulam/cli/table.h"
#include "ulam/cli/threads.h"
#include "ulam/io/atomic_file.h"
#include "ulam/io/digest.h"
#include "ulam/io/png.h"
#include "ulam/run/forecast_score.h"
#include "ulam/run/imputer.h"
#include "ulam/run/refine_forecast.h"

namespace ulam::cli {
namespace {

constexpr const char* forecast_place = "forecast";
constexpr double none = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t most_panels = 8;

/// All that the parts below share.
struct Setting {
  const Options& o;
  SeriesModel model;   // of a forecast; of an imputation the model alone
  ImputerPtr imputer;  // of an imputation
  SeriesTable table;
  std::vector<double> levels;
  WindowOptions windows;
  int horizon = 0;
  Watch watch;
  Spent spent;
};

/// What there is to write.
struct Outcome {
  std::string csv, filled;
  std::vector<ForecastPanel> panels;
  std::vector<ForecastScore> scores;
  std::int64_t count = 0;  // forecasts, gaps or cases
};

/// What holds draws to what was seen, and the guidance that was asked for; a model that is told needs the
/// latter only.
std::string guide_of(const Options& o, bool guided) {
  if (!guided) return o.has("guide") ? o.text("guide") : "";
  std::string out = fmt::format("observe:loss={},scale={},form={}", o.text("loss"),
                                real_text(o.real("scale")), o.text("form"));
  return o.has("guide") ? out + "+" + o.text("guide") : out;
}

int season_for(const Setting& s) {
  const int asked = static_cast<int>(s.o.integer("season"));
  return asked > 0 ? asked : season_of(s.table.values, static_cast<int>(s.model.window.length) / 2);
}

ForecastRefineOptions refine_options(const Options& o) {
  ForecastRefineOptions r;
  r.method = o.text("refiner") == "langevin" ? ForecastRefineOptions::Method::langevin
                                             : ForecastRefineOptions::Method::likelihood;
  r.loss = o.text("loss") == "quantile" ? ForecastRefineOptions::Loss::quantile
                                        : ForecastRefineOptions::Loss::square;
  r.iterations = static_cast<int>(o.integer("iterations"));
  r.lambda = o.real("lambda");
  r.seed = static_cast<std::uint64_t>(o.integer("seed"));
  return r;
}

/// A base forecast for windows [n, length]: [n, horizon] or [n, paths, horizon].
at::Tensor base_of(const Setting& s, const at::Tensor& windows, const at::Tensor& training) {
  const std::string& name = s.o.text("refine");
  const at::Tensor context = windows.narrow(1, 0, windows.size(1) - s.horizon);
  if (name == "naive")
    return seasonal_naive(context, s.horizon, std::min(season_for(s), static_cast<int>(context.size(1))));
  if (name != "linear") return read_base(name, s.table, s.horizon);
  if (training.size(0) < 2 * windows.size(1))
    fail(ErrorKind::file, s.table.source, "{} complete windows of {} are too few to fit the linear forecast",
         training.size(0), windows.size(1));
  return LinearForecaster(training, s.horizon, s.model.window.scaling).paths(context, s.windows.paths);
}

at::Tensor refined(Setting& s, const at::Tensor& windows, const at::Tensor& base,
                   const at::Tensor& training) {
  const at::Tensor known = training.size(0) > 0
                               ? training.narrow(0, 0, std::min<std::int64_t>(training.size(0), 64))
                               : bridged(windows);
  const double time = representative_time(s.model, known, 0, s.windows.seed, s.watch, s.spent);
  const at::Tensor all = refine_forecast(s.model, base_windows(windows, base, s.windows.paths), windows, time,
                                         refine_options(s.o), s.watch, s.spent);
  return all.narrow(2, windows.size(1) - s.horizon, s.horizon);
}

/// The end of a window with its forecast; what came to pass where it is known.
ForecastPanel panel_of(const Setting& s, const std::string& name, const at::Tensor& window,
                       const at::Tensor& quantiles, const at::Tensor& truth) {
  const std::int64_t length = window.size(0),
                     shown = std::min<std::int64_t>(length, std::max(4 * s.horizon, 96));
  ForecastPanel p;
  p.title = name;
  p.seen = window.narrow(0, length - shown, shown);
  p.levels_at = at::full({quantiles.size(0), shown}, none, at::kDouble);
  p.levels_at.narrow(1, shown - s.horizon, s.horizon).copy_(quantiles);
  if (truth.defined()) {
    p.truth = at::full({shown}, none, at::kDouble);
    p.truth.narrow(0, shown - s.horizon, s.horizon).copy_(truth);
  }
  return p;
}

Outcome forecast(Setting& s) {
  const at::Tensor windows = forecast_windows(s.table.values, s.horizon, s.model.window.length);
  at::Tensor paths;
  if (s.o.has("refine")) {
    const at::Tensor training = training_windows(s.table, windows.size(1), 1, 20000);
    paths = refined(s, windows, base_of(s, windows, training), training);
  } else {
    paths = draw_windows(s.model, windows, s.windows, s.watch, s.spent)
                .narrow(2, windows.size(1) - s.horizon, s.horizon);
  }
  const at::Tensor quantiles = quantiles_of(paths, s.levels);
  Outcome out;
  out.count = windows.size(0);
  out.csv = quantile_csv(s.table.names, paths.mean(1), quantiles, s.levels, s.table.values.size(1) + 1);
  for (std::size_t i = 0; i < s.table.names.size() && i < most_panels; ++i) {
    const auto row = static_cast<std::int64_t>(i);
    out.panels.push_back(panel_of(s, s.table.names[i], windows[row], quantiles[row], {}));
  }
  return out;
}

Outcome imputation(Setting& s) {
  const at::Tensor gaps = s.table.values.isnan();
  const at::Tensor paths = s.imputer->paths(s.table, s.windows, s.watch, s.spent);
  at::Tensor quantiles = quantiles_of(paths, s.levels);
  Outcome out;
  out.count = gaps.sum().item<std::int64_t>();
  const at::Tensor middle = quantiles.select(1, static_cast<std::int64_t>(s.levels.size()) / 2);
  if (s.table.source.ends_with(".npy") == false)
    out.filled = filled_csv(s.table.source, s.table.names, middle);
  quantiles = at::where(gaps.unsqueeze(1), quantiles, at::full_like(quantiles, none));
  out.csv = quantile_csv(s.table.names, paths.mean(1), quantiles, s.levels, 1);
  for (std::size_t i = 0; i < s.table.names.size() && out.panels.size() < most_panels; ++i) {
    const auto row = static_cast<std::int64_t>(i);
    const at::Tensor at = gaps[row].nonzero();
    if (at.numel() == 0) continue;
    const std::int64_t shown = std::min<std::int64_t>(s.table.values.size(1), 2 * s.imputer->length());
    const std::int64_t from = std::clamp<std::int64_t>(at[0][0].item<std::int64_t>() - shown / 4, 0,
                                                       s.table.values.size(1) - shown);
    ForecastPanel p;
    p.title = s.table.names[i];
    p.seen = s.table.values[row].narrow(0, from, shown);
    p.levels_at = quantiles[row].narrow(1, from, shown);
    out.panels.push_back(std::move(p));
  }
  return out;
}

Outcome scores(Setting& s) {
  const std::int64_t length = s.model.window.length;
  const std::int64_t cases = s.o.integer("score"),
                     apart = s.o.integer("apart") > 0 ? s.o.integer("apart") : s.horizon;
  const Backtest test =
      backtest(s.table, length, s.horizon, static_cast<int>(cases), static_cast<int>(apart));
  // Nothing of the scored horizons may be in what the baselines are fitted to.
  const double tested =
      static_cast<double>((cases - 1) * apart + s.horizon) / static_cast<double>(s.table.values.size(1));
  const at::Tensor training = training_windows(s.table, length, std::max(0., 1 - tested), 20000);
  Outcome out;
  out.count = test.truth.size(0);
  out.scores = score_baselines(test, training, season_for(s), s.model.window.scaling, s.windows.paths);
  const auto add = [&](const std::string& name, const at::Tensor& paths, std::int64_t before) {
    ForecastScore score = score_forecast(name, test, paths);
    score.evaluations = (s.spent.evaluations - before) / test.truth.size(0);
    out.scores.push_back(std::move(score));
  };
  std::int64_t before = s.spent.evaluations;
  const at::Tensor paths = draw_windows(s.model, test.windows, s.windows, s.watch, s.spent)
                               .narrow(2, length - s.horizon, s.horizon);
  add(s.model.model->info().name, paths, before);
  if (s.o.has("refine")) {
    before = s.spent.evaluations;
    if (s.o.text("refine") != "naive" && s.o.text("refine") != "linear")
      fail(ErrorKind::option, "forecast --refine",
           "a score needs a base for every case: naive or linear, not a file");
    add(s.o.text("refine") + ", refined",
        refined(s, test.windows, base_of(s, test.windows, training), training), before);
  }
  const at::Tensor quantiles = quantiles_of(paths, s.levels);
  for (std::size_t i = 0; i < test.series.size() && out.panels.size() < most_panels; ++i) {
    if (i + 1 < test.series.size() && test.series[i + 1] == test.series[i]) continue;
    const auto row = static_cast<std::int64_t>(i);
    out.panels.push_back(panel_of(s, test.series[i], test.windows[row], quantiles[row], test.truth[row]));
  }
  return out;
}

std::string score_table(const std::vector<ForecastScore>& scores) {
  Rows rows = {{"forecast", "CRPS", "90 % interval covers", "its width", "evaluations a case"}};
  for (const ForecastScore& s : scores) {
    const auto cell = [&](std::size_t i) {
      return i < s.figures.size() ? figure_text(s.figures[i].value, s.figures[i].error) : std::string("-");
    };
    rows.push_back({s.name, cell(0), cell(1), cell(2), std::to_string(s.evaluations)});
  }
  return plain_table(rows);
}

}  // namespace

const std::vector<Parameter>& forecast_parameters() {
  using T = OptionType;
  static const std::vector<Parameter> table = {
      {"file", T::text, "", "CSV of series, a column each (also gzipped, or .npy)", {}, {}, {}, ""},
      {"model", T::text, "series", "shipped model, or folder of a bundle, of kind series; to impute also csdi", {}, {}, {}, ""},
      {"columns",
       T::text,
       "",
       "names of the columns to take, separated by commas; all where none is given",
       {},
       {},
       {},
       ""},
      {"horizon", T::integer, "", "steps ahead; the model's own where none is given", 1, 1e6, {}, "steps"},
      {"paths", T::integer, "64", "draws of every forecast", 1, 1e5, {}, ""},
      {"quantiles", T::text, "0.05,0.25,0.5,0.75,0.95", "levels that are written", {}, {}, {}, ""},
      {"solver", T::text, "ddpm", "solver of the draws", {}, {}, {}, ""},
      {"grid", T::text, "", "grid of the draws; the solver's own where none is given", {}, {}, {}, ""},
      {"steps", T::integer, "50", "steps of the draws", 1, 1e5, {}, "steps"},
      {"loss",
       T::text,
       "quantile",
       "how draws are held to what was seen",
       {},
       {},
       {"quantile", "square"},
       ""},
      {"scale", T::real, "4", "how strongly draws are held to what was seen", 0, 1e6, {}, ""},
      {"form", T::text, "mean", "how the gradient acts: see the term observe", {}, {}, {"mean", "score"}, ""},
      {"guide", T::text, "", "more guidance terms", {}, {}, {}, ""},
      {"seed", T::integer, "0", "seed of all randomness", 0, 9e18, {}, ""},
      {"impute", T::boolean, "false", "fill gaps in place of looking ahead", {}, {}, {}, ""},
      {"refine",
       T::text,
       "",
       "refine this forecast in place of drawing one: a CSV of the horizon, naive, or linear",
       {},
       {},
       {},
       ""},
      {"refiner",
       T::text,
       "langevin",
       "steps with noise, or uphill in likelihood alone",
       {},
       {},
       {"langevin", "likelihood"},
       ""},
      {"iterations", T::integer, "20", "steps of the refinement", 0, 1e5, {}, ""},
      {"lambda", T::real, "1", "how strongly a refined forecast stays near its base", 0, 1e6, {}, ""},
      {"score",
       T::integer,
       "0",
       "score the last this many horizons of every series, beside baselines",
       0,
       1e6,
       {},
       ""},
      {"apart", T::integer, "0", "steps between scored forecasts; 0: a horizon", 0, 1e6, {}, "steps"},
      {"season",
       T::integer,
       "0",
       "season of the naive forecast; 0: found by autocorrelation",
       0,
       1e6,
       {},
       ""},
      {"threads", T::integer, "0", "threads, 0 = all cores", 0, 4096, {}, ""},
  };
  return table;
}

int run_forecast(const ForecastTask& task) {
  const Options o(forecast_place, forecast_parameters(), task.given);
  if (!o.has("file"))
    fail(ErrorKind::option, forecast_place, "no file of series given; a CSV with a column for every series");
  const bool impute_gaps = o.flag("impute"), scoring = o.integer("score") > 0;
  if (impute_gaps && (scoring || o.has("refine")))
    fail(ErrorKind::option, forecast_place, "--impute goes neither with --score nor with --refine");
  check_file(task.output, ".csv", "forecast --output");
  check_file(task.figure, ".png", "forecast --figure");
  check_file(task.filled, ".csv", "forecast --filled");
  if (!task.filled.empty() && !impute_gaps)
    fail(ErrorKind::option, "forecast --filled", "gaps are filled with --impute only");
  if (!task.output.empty() && scoring)
    fail(ErrorKind::option, "forecast --output", "a score writes no forecasts; --figure shows some");
  use_threads(static_cast<int>(o.integer("threads")));

  if (is_model_folder(o.text("model")) && needs_trust(o.text("model")))
    fail(ErrorKind::unsupported, forecast_place,
         "{} holds a network that is a program of its own, not one for windows", o.text("model"));
  const ModelPtr model = find_model(o.text("model"), "forecast --model");
  const ImputerPtr imputer = impute_gaps ? make_imputer(model) : nullptr;
  const bool told = imputer && !imputer->guided();
  Setting s{o,
            impute_gaps ? SeriesModel{model, {}} : series_model(model),
            imputer,
            chosen_columns(read_series(o.text("file"), told), o.has("columns") ? o.text("columns") : ""),
            quantile_levels(o.text("quantiles")),
            {},
            0,
            {},
            {}};
  if (!task.filled.empty() && s.table.source.ends_with(".npy"))
    fail(ErrorKind::option, "forecast --filled", "{} is no CSV", s.table.source);
  if (!impute_gaps)
    s.horizon = static_cast<int>(
        o.has("horizon") ? o.integer("horizon")
                         : std::clamp<std::int64_t>(s.model.window.horizon, 1, s.model.window.length / 2));
  s.windows.paths = o.integer("paths");
  s.windows.solver = o.text("solver");
  s.windows.grid = o.has("grid") ? o.text("grid") : "";
  s.windows.steps = static_cast<int>(o.integer("steps"));
  s.windows.guide = guide_of(o, !told);
  s.windows.seed = static_cast<std::uint64_t>(o.integer("seed"));

  CancelToken cancel;
  Interrupt interrupt(cancel);
  ProgressView view(progress_style(task.quiet, stderr), stderr, monotonic_seconds);
  s.watch = {[&view](const Progress& p) { view.show(p); }, &cancel, monotonic_seconds};
  const double started = monotonic_seconds();
  const Outcome outcome = impute_gaps ? imputation(s) : scoring ? scores(s) : forecast(s);
  const double seconds = monotonic_seconds() - started;
  interrupt.hold();
  view.finish();

  std::string output = task.output, figure = task.figure;
  if (output.empty() && figure.empty() && task.filled.empty() && !scoring && !task.json) {
    std::string stem = std::filesystem::path(s.table.source).filename().string();
    for (const char* ending : {".gz", ".csv", ".npy"})
      if (stem.ends_with(ending)) stem.resize(stem.size() - std::string_view(ending).size());
    output = stem + (impute_gaps ? "-imputed.csv" : "-forecast.csv");
    figure = stem + (impute_gaps ? "-imputed.png" : "-forecast.png");
  }
  std::vector<std::string> files;
  const auto write = [&](const std::string& path, const auto& content) {
    if (path.empty()) return;
    io::write_file_atomic(path, content);
    files.push_back(path);
  };
  write(output, outcome.csv);
  write(task.filled, outcome.filled);
  if (!outcome.panels.empty() && !figure.empty()) {
    const std::string record = nlohmann::json({{"command", forecast_place},
                                               {"options", o.json()},
                                               {"model_hash", io::digest_text(s.model.model->info().hash)}})
                                   .dump();
    write(figure, std::span<const std::byte>(
                      io::serialise_png({forecast_chart(outcome.panels), {{"ulam", record}}})));
  }

  if (task.json) {
    nlohmann::json j = {{"command", forecast_place},
                        {"options", o.json()},
                        {"model_hash", io::digest_text(s.model.model->info().hash)},
                        {"series", s.table.names},
                        {"horizon", s.horizon},
                        {"count", outcome.count},
                        {"evaluations", s.spent.evaluations},
                        {"seconds", seconds},
                        {"files", files}};
    for (const ForecastScore& score : outcome.scores)
      j["scores"].push_back({{"forecast", score.name},
                             {"figures", figures_json(score.figures)},
                             {"evaluations", score.evaluations}});
    fmt::print("{}\n", j.dump(2));
  } else if (!task.quiet) {
    if (scoring)
      fmt::print("{} cases of {} steps, in units of each series' mean |y|\n{}", outcome.count, s.horizon,
                 score_table(outcome.scores));
    else
      fmt::print("{} {}, {} paths each, {} evaluations, {}\n", outcome.count,
                 impute_gaps ? "gaps filled" : fmt::format("forecasts of {} steps", s.horizon),
                 s.windows.paths, s.spent.evaluations, duration_text(seconds));
    for (const std::string& file : files) fmt::print("wrote {}\n", file);
  }
  return exit_ok;
}

}  // namespace ulam::cli
