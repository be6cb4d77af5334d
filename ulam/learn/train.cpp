#include "ulam/learn/train.h"

#include <cmath>
#include <filesystem>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/io/bytes.h"
#include "ulam/io/json.h"
#include "ulam/learn/series.h"
#include "ulam/learn/statistics.h"
#include "ulam/learn/trainer.h"
#include "ulam/model/convert.h"
#include "ulam/model/gaussian_file.h"

namespace ulam {
namespace fs = std::filesystem;

const std::vector<Parameter>& train_parameters() {
  using T = OptionType;
  static const std::vector<Parameter> parameters = {
      {"kind", T::text, "auto", "what to train: the network's kind decides under auto", {}, {}, {"auto", "diffusion", "classifier"}, ""},
      {"steps", T::integer, "10000", "updates", 1, 1e9, {}, "updates"},
      {"batch", T::integer, "64", "rows an update", 1, 65536, {}, "rows"},
      {"rate", T::real, "1e-3", "learning rate at its plateau", 0, 1, {}, ""},
      {"warm_up", T::integer, "500", "updates of linear rise", 0, 1e9, {}, "updates"},
      {"decay", T::real, "0.25", "share of the run, at its end, over which the rate falls to 0", 0, 1, {}, ""},
      {"clip", T::real, "1", "most gradient norm, 0 for none", 0, 1e9, {}, ""},
      {"average", T::real, "0.999", "decay of the averaged weights", 0, 0.999999, {}, ""},
      {"beta2", T::real, "0.99", "decay of Adam's second moment", 0, 0.999999, {}, ""},
      {"weight_decay", T::real, "0", "decoupled weight decay", 0, 10, {}, ""},
      {"seed", T::integer, "1", "of weights, order, noise", 0, 9e18, {}, ""},
      {"augment", T::text, "none", "changes of the pictures that keep the label", {}, {}, {"none", "flip", "shift", "flip+shift"}, ""},
      {"levels", T::text, "auto", "noise levels: log-normal in s/a (auto for the edm prediction) or uniform in t (auto else)", {}, {}, {"auto", "lognormal", "uniform"}, ""},
      {"log_mean", T::real, "-1.2", "mean of log(s/a) under lognormal", -20, 20, {}, ""},
      {"log_deviation", T::real, "1.2", "deviation of log(s/a) under lognormal", 0, 20, {}, ""},
      {"class_dropout", T::real, "0.1", "share of rows whose label becomes the null class", 0, 1, {}, ""},
      {"label_smoothing", T::real, "0", "of a classifier", 0, 0.999, {}, ""},
      {"precision", T::text, "float", "arithmetic of convolutions", {}, {}, {"float", "bfloat16"}, ""},
      {"device", T::text, "auto", "where to train; auto takes CUDA where libtorch has it", {}, {}, {"auto", "cpu", "cuda"}, ""},
      {"checkpoint_every", T::integer, "1000", "updates between checkpoints", 1, 1e9, {}, "updates"},
      {"validate_rows", T::integer, "512", "held-out rows of the validation", 2, 1e6, {}, "rows"},
      {"start", T::text, "fresh", "initial weights: fresh from the seed, or those of the given bundle", {}, {}, {"fresh", "weights"}, ""},
      {"statistics", T::text, "write", "the data's mean and directions: write them beside the weights at the end, or none (none for series)", {}, {}, {"write", "none"}, ""},
      {"hold_out", T::real, "0.2", "share of every series, at its end, kept from training", 0, 0.9, {}, ""},
  };
  return parameters;
}

namespace {

BundleConfig config_of(const std::string& model) {
  if (model.ends_with(".json")) return parse_bundle_config(io::read_json(model), model);
  return read_bundle_config(model);
}

at::Device device_of(const std::string& name) {
  if (name == "cpu") return at::kCPU;
  if (at::hasCUDA()) return at::Device(at::kCUDA, 0);
  if (name == "cuda") fail(ErrorKind::unsupported, "option device=cuda", "this libtorch sees no CUDA device; cpu and auto are there");
  return at::kCPU;
}

TrainerOptions trainer_options(const Options& o, const BundleConfig& config) {
  TrainerOptions t;
  t.steps = o.integer("steps");
  t.batch = static_cast<int>(o.integer("batch"));
  t.rate = o.real("rate");
  t.warm_up = o.integer("warm_up");
  t.decay_share = o.real("decay");
  t.clip = o.real("clip");
  t.average = o.real("average");
  t.adam.beta2 = o.real("beta2");
  t.adam.weight_decay = o.real("weight_decay");
  t.seed = static_cast<std::uint64_t>(o.integer("seed"));
  t.augment = o.text("augment");
  t.data_low = config.data_low;
  t.data_high = config.data_high;
  t.compute = o.text("precision") == "bfloat16" ? at::kBFloat16 : at::kFloat;
  t.device = device_of(o.text("device"));
  return t;
}

std::unique_ptr<Objective> objective_of(const Options& o, const BundleConfig& config, const Network& network) {
  const Path path = Path::from_json(config.path, "path");
  NoiseLevels levels;
  const std::string named = o.text("levels");
  levels.log_normal = named == "lognormal" || (named == "auto" && config.head.kind == Prediction::edm);
  levels.log_mean = o.real("log_mean");
  levels.log_deviation = o.real("log_deviation");
  if (network.outputs() > 0) {
    const bool noised = network.config().value("noise_aware", false);
    return classification_objective(o.real("label_smoothing"), config.head, path,
                                    noised ? std::optional(levels) : std::nullopt);
  }
  DenoisingOptions d;
  d.path = path;
  d.head = config.head;
  d.levels = levels;
  d.class_dropout = o.real("class_dropout");
  return denoising_objective(d);
}

bool of_series(const BundleConfig& config) { return config.network.is_object() && config.network.value("kind", nlohmann::json()) == "series"; }

Dataset read_data(const TrainRequest& request, const BundleConfig& config, Split split) {
  if (!of_series(config)) return read_dataset(request.data, split);
  SeriesDataOptions options;
  options.held_out = request.options.real("hold_out");
  return read_series_data(request.data, series_window(config.network, request.model + ": network"), split, options);
}

void check_data(const Dataset& data, const Network& network, bool classifier, const std::string& path) {
  if (data.images.sizes().slice(1) != at::IntArrayRef(network.shape()))
    fail(ErrorKind::shape, path, "rows of shape {}, the network takes {}", shape_text(data.images.sizes().slice(1)), shape_text(network.shape()));
  const bool needs = classifier || network.classes() > 0;
  if (classifier && !data.labels.defined()) fail(ErrorKind::unsupported, path, "a classifier needs labels and the data set has none");
  const std::int64_t classes = classifier ? network.outputs() : network.classes();
  if (needs && data.labels.defined())
    if (const auto most = data.labels.max().item<std::int64_t>(); most >= classes)
      fail(ErrorKind::shape, path, "label {} for a network of {} classes", most, classes);
}

// What makes two runs the same run. `steps` may grow as long as the rate is still on its plateau, so it is not part.
std::map<std::string, std::string> fingerprint(const TrainRequest& request, const BundleConfig& config) {
  std::map<std::string, std::string> out = {{"network", config.network.dump()}, {"path", config.path.dump()}, {"prediction", name_of(config.head.kind)},
                                            {"sigma_data", fmt::format("{:.17g}", config.head.sigma_data)}};
  const nlohmann::json options = request.options.json();
  for (const auto& [name, value] : options.items())
    if (name != "steps" && name != "decay" && name != "checkpoint_every" && name != "device" && name != "validate_rows" && name != "statistics") out[name] = value.dump();
  return out;
}

// Means over pieces, so that validation needs little memory; errors add in quadrature.
std::vector<LevelLoss> validate(const Objective& objective, const Network& network, const Dataset& held, std::int64_t rows, const TrainerOptions& options) {
  std::vector<LevelLoss> total;
  constexpr std::int64_t piece = 64;
  const std::int64_t pieces = std::max<std::int64_t>(1, rows / piece);
  for (std::int64_t p = 0; p < pieces; ++p) {
    const std::vector<LevelLoss> part = objective.validate(network, validation_batch(held, p * piece, std::min(piece, rows), options));
    if (total.empty()) total.assign(part.size(), {});
    for (std::size_t i = 0; i < part.size(); ++i) {
      total[i].level = part[i].level;
      total[i].value += part[i].value / static_cast<double>(pieces);
      total[i].error += part[i].error * part[i].error / static_cast<double>(pieces * pieces);
    }
  }
  for (LevelLoss& l : total) l.error = std::sqrt(l.error);
  return total;
}

// The statistics of the finished bundle; a data set that has none to give is no reason to fail a training.
std::string write_statistics(const TrainRequest& request, const Watch& watch) {
  const auto model = load_bundle(request.out);
  MeasureStatisticsOptions options;
  options.calibration.rows = 32;
  options.calibration.ratio = std::sqrt(2.0);
  try {
    const MeasuredStatistics measured = measure_statistics(Field(model, model->info().row_limit), request.data, options, watch);
    write_gaussians(gaussian_path(request.out), measured.set);
    std::string told = fmt::format("statistics: {} directions", measured.set.all.rank());
    if (measured.set.sigma) told += fmt::format(", a teleported start jumps to s/a {:.3g}{}", *measured.set.sigma, measured.set.sigma_by_rule ? " (by rule)" : "");
    return told;
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::unsupported && e.kind() != ErrorKind::option && e.kind() != ErrorKind::cancelled) throw;
    return fmt::format("no statistics: {}", e.what());
  }
}

}  // namespace

TrainReport train(const TrainRequest& request, const Watch& watch, const std::function<void(std::int64_t, const std::vector<LevelLoss>&)>& told) {
  BundleConfig config = config_of(request.model);
  if (!request.name.empty()) config.name = request.name;
  if (!request.purpose.empty()) config.card["purpose"] = request.purpose;
  const TrainerOptions options = trainer_options(request.options, config);
  const Dataset data = read_data(request, config, Split::train);
  Dataset held = read_data(request, config, Split::test);
  if (!held.images.defined()) held = data;
  if (config.classes.empty() && !data.classes.empty()) config.classes = data.classes;

  TrainState state = train_start(config.network, options, request.model + ": network");
  const bool classifier = state.network->outputs() > 0;
  if (const std::string kind = request.options.text("kind"); kind != "auto" && (kind == "classifier") != classifier)
    fail(ErrorKind::option, "option kind=" + kind, "the network of '{}' is a {}", request.model, classifier ? "classifier" : "denoising network");
  check_data(data, *state.network, classifier, request.data);
  if (request.options.text("start") == "weights") {
    state.network->parameters().copy_from(load_network(request.model, config)->parameters());
    state.average->parameters().copy_from(state.network->parameters());
  }
  const std::unique_ptr<Objective> objective = objective_of(request.options, config, *state.network);
  io::ensure_folder(request.out);
  const std::string checkpoint = (fs::path(request.out) / "checkpoint.safetensors").string();
  const auto run = fingerprint(request, config);
  if (!request.restart && fs::exists(checkpoint)) load_checkpoint(checkpoint, state, run);

  TrainReport report;
  report.steps = options.steps;
  report.folder = request.out;
  const std::int64_t held_rows = std::min<std::int64_t>(held.size(), request.options.integer("validate_rows"));
  const auto save = [&](const TrainState& s) {
    save_checkpoint(checkpoint, s, run);
    report.validation = validate(*objective, *s.average, held, held_rows, options);
    nlohmann::json figures = nlohmann::json::object();
    for (const LevelLoss& l : report.validation) figures[l.level] = {l.value, l.error};
    config.card["training"] = {{"data", fs::path(request.data).filename().string()}, {"options", request.options.canonical()},
                               {"updates", s.step}, {"rows", s.step * options.batch}, {"seconds", s.seconds}, {"held_out", figures}};
    save_bundle(request.out, config, *s.average, request.half);
    if (told) told(s.step, report.validation);
  };
  train_run(state, options, *objective, data, watch, {{request.options.integer("checkpoint_every"), save}});
  report.step = state.step;
  report.finished = state.step >= options.steps;
  report.loss = state.loss;
  report.seconds = state.seconds;
  if (report.finished && !classifier && !of_series(config) && request.options.text("statistics") == "write" && !watch.cancelled()) report.statistics = write_statistics(request, watch);
  return report;
}

}  // namespace ulam
