#include "ulam/cli/tune_command.h"

#include <cmath>
#include <cstdio>
#include <filesystem>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ulam/cli/cache_folder.h"
#include "ulam/cli/exit_code.h"
#include "ulam/cli/interrupt.h"
#include "ulam/cli/label_choice.h"
#include "ulam/cli/measure_input.h"
#include "ulam/cli/model_source.h"
#include "ulam/cli/progress_view.h"
#include "ulam/cli/table.h"
#include "ulam/cli/threads.h"
#include "ulam/guide/terms.h"
#include "ulam/io/atomic_file.h"
#include "ulam/io/json.h"
#include "ulam/run/tune.h"

namespace ulam::cli {
namespace {

namespace fs = std::filesystem;
constexpr const char* tune_place = "tune";

std::string number(double v) { return std::isfinite(v) ? fmt::format("{:.4g}", v) : "-"; }
std::string with_error(const TuneEntry& e) { return fmt::format("{:.4g} +- {:.1g}", e.held_out, e.error); }
std::string name_of(const TuneEntry& e) { return e.solver + (e.grid.empty() ? "" : ", grid " + e.grid); }

Rows table_of(const TuneResult& r) {
  Rows table{{"plan", "evaluations", "error on training samples", "error on fresh samples"}};
  const auto add = [&](const char* what, const TuneEntry& e) {
    if (!e.solver.empty())
      table.push_back({fmt::format("{}: {}", what, name_of(e)), std::to_string(e.evaluations),
                       number(e.training), with_error(e)});
  };
  add("tuned", r.tuned);
  add("found, but no better than the best published", r.passed_over);
  add("best published", r.published);
  add("best published at twice the cost", r.doubled);
  add("best of a random search at the same cost", r.random);
  return table;
}

nlohmann::json entry_json(const TuneEntry& e) {
  return {{"solver", e.solver},     {"grid", e.grid},         {"evaluations", e.evaluations},
          {"training", e.training}, {"held_out", e.held_out}, {"error", e.error}};
}

nlohmann::json json_of(const TuneResult& r, const std::string& file) {
  nlohmann::json tried = nlohmann::json::array();
  for (const TuneEntry& e : r.tried) tried.push_back(entry_json(e));
  return {{"optimiser", r.optimiser},
          {"objective", r.objective},
          {"tuned", entry_json(r.tuned)},
          {"passed_over", r.passed_over.solver.empty() ? nlohmann::json() : entry_json(r.passed_over)},
          {"published", entry_json(r.published)},
          {"published_at_twice", entry_json(r.doubled)},
          {"random", entry_json(r.random)},
          {"tried", std::move(tried)},
          {"spent", r.spent},
          {"random_spent", r.random_spent},
          {"reference_spent", r.reference_spent},
          {"file", file}};
}

// What --objective, --data and --features ask for; empty for the trajectory error.
std::function<SampleScore(std::span<const std::uint64_t>)> objective_of(
    const Options& o, const ModelInfo& info,
    const std::function<Conditions(std::span<const std::uint64_t>)>& conditions) {
  const std::string& objective = o.text("objective");
  if (objective == "trajectory") {
    if (o.has("data") || o.has("features"))
      fail(ErrorKind::option, tune_place,
           "--data and --features are for --objective frechet, mmd and agreement");
    return {};
  }
  const std::string features = o.has("features") ? o.text("features") : "";
  MeasureSet drawn;
  drawn.model = info.name;
  if (objective == "agreement") {
    if (!conditions) fail(ErrorKind::option, tune_place, "agreement needs a model with classes");
    const at::Tensor some = at::zeros(info.shape, at::kFloat).unsqueeze(0);
    drawn.set = in_memory(some, "samples");
    const ModelPtr classifier = choose_features(features, drawn, *drawn.set).model;
    if (!classifier)
      fail(ErrorKind::option, tune_place, "agreement needs a classifier: name one by --features");
    return [classifier, conditions](std::span<const std::uint64_t> ids) {
      return agreement_score(classifier, conditions(ids).at("label"));
    };
  }
  if (!o.has("data")) fail(ErrorKind::option, tune_place, "--objective {} needs --data", objective);
  MeasureSet real = open_measure_set(o.text("data"), {});
  keep_some(real, 10000, 0);
  drawn.set = real.set;
  const ChosenFeatures chosen = choose_features(features, drawn, *real.set);
  if (objective == "mmd") keep_some(real, 2000, 0);
  const SampleScore score =
      objective == "frechet" ? frechet_score(*real.set, chosen.map) : mmd_score(real.set, chosen.map);
  return [score](std::span<const std::uint64_t>) { return score; };
}

std::string words_of(const TuneResult& r, const std::string& file, double seconds) {
  const double ratio = r.tuned.held_out / r.published.held_out;
  std::string out = "\n";
  if (r.objective == "trajectory")
    out = fmt::format(
        "\n{:.2f} of the best published solver's error at the same cost, {:.2f} of it at twice the cost\n",
        ratio, r.tuned.held_out / r.doubled.held_out);
  out += fmt::format("{} evaluations for the search, {} for references, in {}\n", r.spent, r.reference_spent,
                     duration_text(seconds));
  return out + fmt::format("wrote {}; draw with --plan {}\n", file, file);
}

}  // namespace

const std::vector<Parameter>& tune_parameters() {
  const auto integer = [](const char* name, const char* standard, const char* purpose, double least,
                          double most) {
    return Parameter{name, OptionType::integer, standard, purpose, least, most, {}, ""};
  };
  const auto text = [](const char* name, const char* purpose) {
    return Parameter{name, OptionType::text, "", purpose, {}, {}, {}, ""};
  };
  const auto flag = [](const char* name, const char* purpose) {
    return Parameter{name, OptionType::boolean, "false", purpose, {}, {}, {}, ""};
  };
  static const std::vector<Parameter> table = {
      text("model", "shipped model, folder of a bundle or of diffusers, problem file, or named problem"),
      integer("steps", "6", "evaluations a sample", 1, 40),
      text("output", "plan to write; NAME-STEPS.json where none is given"),
      integer("training", "0", "samples that the fit sees; 0 = 128, for exact problems 1024", 0, 1e6),
      integer("held-out", "0", "fresh samples for the report; 0 = 64, for exact problems 2048", 0, 1e6),
      integer("refined", "2", "how many of the best published solvers are refined, each of another family", 1,
              100),
      {"optimiser",
       OptionType::text,
       "",
       "refine, evolution, predictor, times, layers, grid, compensation or gradient, or NAME+refine; the "
       "standard is "
       "evolution+refine, for other objectives evolution",
       {},
       {},
       {},
       ""},
      {"objective",
       OptionType::text,
       "trajectory",
       "what a plan is judged by",
       {},
       {},
       {"trajectory", "frechet", "mmd", "agreement"},
       ""},
      text("data", "real samples for frechet and mmd, as ulam measure takes them"),
      text("features", "features for frechet and mmd, classifier for agreement; as ulam measure takes them"),
      integer("candidates", "300", "that evolution, predictor and times may try", 1, 1e6),
      text("from",
           "plan to go on from, of as many evaluations or fewer: it is refined beside the best published "
           "solvers"),
      integer("rounds", "12", "most rounds of a refinement", 1, 1000),
      flag("no-random", "no random search for comparison"),
      text("label", "classes by number, range or name, \"cycle\" or \"none\""),
      text("guide",
           "guidance of every draw, terms as ulam draw takes them; a guided answer counts as one of --steps"),
      text("path", "another noise path for an exact problem"),
      integer("seed", "0", "seed of all randomness", 0, 9e18),
      integer("threads", "0", "threads, 0 = all cores", 0, 4096),
      flag("no-cache", "work the references out anew and keep nothing"),
  };
  return table;
}

int run_tune(const TuneTask& task) {
  const Options o(tune_place, tune_parameters(), task.given);
  if (!o.has("model"))
    fail(ErrorKind::option, tune_place, "no model given; ulam models lists those that are here");
  use_threads(static_cast<int>(o.integer("threads")));
  const Source source = open_model(
      o.text("model"), {o.has("path") ? o.text("path") : "", "", trust_of(task.trust)}, model_folders());
  show_warnings(source, "tune");
  const ModelInfo& info = source.model->info();
  TuneRequest request;
  request.evaluations = static_cast<int>(o.integer("steps"));
  if (o.has("from")) {
    request.from = plan_from_json(io::read_json(o.text("from")), o.text("from"));
    if (task.given.count("steps") == 0) request.evaluations = static_cast<int>(evaluations(*request.from));
  }
  const std::string file = o.has("output") ? o.text("output")
                                           : fmt::format("{}-{}.json", info.name.empty() ? "plan" : info.name,
                                                         request.evaluations);
  if (fs::path(file).extension() != ".json")
    fail(ErrorKind::option, file, "a plan is a JSON file: name one that ends in .json");
  const fs::path folder = fs::path(file).parent_path();
  std::error_code error;
  if (!folder.empty() && !fs::is_directory(folder, error))
    fail(ErrorKind::system, file, "the folder {} is not there", folder.string());

  request.model = source.model;
  if (o.has("guide"))
    request.guide = make_terms(
        o.text("guide"), [](const std::string& name) { return find_model(name, "tune: --guide"); },
        "tune: --guide");
  request.training = o.integer("training");
  request.held_out = o.integer("held-out");
  request.refined = static_cast<int>(o.integer("refined"));
  request.refine.most_rounds = static_cast<int>(o.integer("rounds"));
  request.random = !o.flag("no-random");
  request.seed = static_cast<std::uint64_t>(o.integer("seed"));
  if (const auto choice = label_choice(o.has("label") ? o.text("label") : "", info, "tune: --label"))
    request.conditions = [choice](std::span<const std::uint64_t> ids) {
      return Conditions{{"label", labels_of(*choice, {ids.begin(), ids.end()})}};
    };
  request.optimiser = o.has("optimiser") ? o.text("optimiser") : "";
  request.candidates = static_cast<int>(o.integer("candidates"));
  request.objective = objective_of(o, info, request.conditions);
  if (!o.flag("no-cache")) request.reference.folder = cache_folder();

  CancelToken cancel;
  Interrupt interrupt(cancel);
  ProgressView view(progress_style(task.quiet, stderr), stderr, monotonic_seconds);
  request.watch = {[&view](const Progress& p) { view.show(p); }, &cancel, monotonic_seconds};
  const std::string search = file + ".search";
  request.keep = [&](const nlohmann::json& known) {
    io::write_file_atomic(search, std::string_view(known.dump()));
  };
  const nlohmann::json before = fs::exists(search, error) ? io::read_json(search) : nlohmann::json();
  const double started = monotonic_seconds();
  const TuneResult result = tune(request, before);
  const double seconds = monotonic_seconds() - started;
  interrupt.hold();
  view.finish();
  if (result.cancelled) {
    fmt::print(stderr, "ulam: tune: cancelled after {} evaluations; the same command goes on from {}\n",
               result.spent, search);
    return exit_cancelled;
  }
  io::write_file_atomic(file, std::string_view(plan_json(result.plan).dump(1) + "\n"));
  fs::remove(search, error);
  if (task.json)
    fmt::print("{}\n", json_of(result, file).dump(2));
  else if (!task.quiet)
    fmt::print("{}{}", plain_table(table_of(result)), words_of(result, file, seconds));
  return exit_ok;
}

}  // namespace ulam::cli
