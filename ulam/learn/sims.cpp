#include "ulam/learn/sims.h"

#include <algorithm>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/base/text.h"
#include "ulam/io/bytes.h"

namespace ulam {
namespace {

namespace fs = std::filesystem;

constexpr const char* sims_place = "learn sims";

/// Options of a training that the copy should share with it.
constexpr const char* inherited[] = {"levels", "log_mean", "log_deviation", "class_dropout", "precision"};

std::map<std::string, std::string> of_card(const BundleConfig& config) {
  std::map<std::string, std::string> out;
  const auto training = config.card.find("training");
  if (training == config.card.end() || !training->is_object()) return out;
  const auto options = training->find("options");
  if (options == training->end() || !options->is_string()) return out;
  for (const std::string& part : split_escaped(options->get<std::string>(), ','))
    for (const char* name : inherited)
      if (part.starts_with(std::string(name) + "=")) out[name] = part.substr(std::string(name).size() + 1);
  return out;
}

std::string advice(const BundleConfig& config, const char* name, const std::string& otherwise) {
  const auto found = config.draw.find(name);
  if (found == config.draw.end()) return otherwise;
  return found->is_string() ? found->get<std::string>() : found->dump();
}

OwnDrawsRequest draws_of(const SimsRequest& request, const Options& o, const BundleConfig& config) {
  const ModelPtr model = load_bundle(request.model);
  OwnDrawsRequest draws{DrawRequest(Field(model, model->info().row_limit)), {}, request.restart, 0};
  DrawRequest& d = draws.draw;
  d.solver = o.has("solver") ? o.text("solver") : advice(config, "solver", "ddim");
  d.grid = o.has("grid") ? o.text("grid") : o.has("solver") ? "" : advice(config, "grid", "");
  const std::string steps = advice(config, "steps", "18");
  d.steps =
      static_cast<int>(o.has("draw_steps") ? o.integer("draw_steps") : parse_integer(steps).value_or(18));
  d.seed = static_cast<std::uint64_t>(o.integer("draw_seed"));
  d.count = o.integer("draws");
  draws.file = (fs::path(request.out) / "draws.npz").string();
  return draws;
}

}  // namespace

const std::vector<Parameter>& sims_parameters() {
  static const std::vector<Parameter> table = [] {
    using T = OptionType;
    std::vector<Parameter> out = {
        {"draws", T::integer, "4096", "of the model's own to learn from", 2, 1e8, {}, "draws"},
        {"solver", T::text, "", "of the draws; the model's own choice, or ddim", {}, {}, {}, ""},
        {"grid", T::text, "", "of the draws; the solver's", {}, {}, {}, ""},
        {"draw_steps", T::integer, "", "steps of a draw; the model's own choice, or 18", 1, 1e5, {}, "steps"},
        {"draw_seed", T::integer, "1", "of the draws", 0, 9e18, {}, ""}};
    const std::map<std::string, std::string> standards = {{"steps", "300"},      {"rate", "1e-4"},
                                                          {"warm_up", "20"},     {"decay", "0"},
                                                          {"average", "0.99"},   {"checkpoint_every", "100"},
                                                          {"statistics", "none"}};
    for (Parameter p : train_parameters()) {
      if (p.name == "kind" || p.name == "start" || p.name == "hold_out" || p.name == "label_smoothing")
        continue;
      if (const auto found = standards.find(p.name); found != standards.end()) p.standard = found->second;
      out.push_back(std::move(p));
    }
    return out;
  }();
  return table;
}

SimsReport learn_sims(const SimsRequest& request, const Watch& watch,
                      const std::function<void(std::int64_t, const std::vector<LevelLoss>&)>& told) {
  const Options o(sims_place, sims_parameters(), request.given);
  const BundleConfig config = read_bundle_config(request.model);
  std::error_code none;
  if (fs::equivalent(request.model, request.out, none))
    fail(ErrorKind::option, sims_place, "{} is the model itself; name another folder for the copy",
         request.out);
  std::map<std::string, std::string> given = of_card(config);
  for (const Parameter& p : train_parameters()) {
    if (given.contains(p.name) && !request.given.contains(p.name)) continue;
    const auto known = std::find_if(sims_parameters().begin(), sims_parameters().end(),
                                    [&](const Parameter& s) { return s.name == p.name; });
    if (known == sims_parameters().end()) continue;
    const auto found = request.given.find(p.name);
    given[p.name] = found == request.given.end() ? known->standard : found->second;
  }
  given["start"] = "weights";
  const OwnDrawsRequest draws = draws_of(request, o, config);
  TrainRequest training;
  training.model = request.model;
  training.data = draws.file;
  training.out = request.out;
  training.options = Options(sims_place, train_parameters(), given);
  training.restart = request.restart;
  training.half = request.half;
  training.name = config.name + "-sims";
  training.purpose =
      "A copy of " + config.name + " fine-tuned on its own draws, for guidance away from it (sims)";

  io::ensure_folder(request.out);
  SimsReport report;
  report.draws = own_draws(draws, watch);
  if (report.draws.finished) report.training = train(training, watch, told);
  return report;
}

}  // namespace ulam
