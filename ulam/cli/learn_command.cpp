#include "ulam/cli/learn_command.h"

#include <cstdio>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/cli/exit_code.h"
#include "ulam/cli/interrupt.h"
#include "ulam/cli/model_source.h"
#include "ulam/cli/progress_view.h"
#include "ulam/cli/threads.h"
#include "ulam/cli/train_command.h"
#include "ulam/learn/minority.h"
#include "ulam/learn/sims.h"

namespace ulam::cli {
namespace {

std::string folder_of(const LearnTask& task, const char* place) {
  if (task.model.empty())
    fail(ErrorKind::option, place, "no model given; ulam models lists those that are here");
  if (task.out.empty()) fail(ErrorKind::option, place, "no --out folder given for the new bundle");
  if (is_model_folder(task.model) && needs_trust(task.model))
    fail(ErrorKind::unsupported, place,
         "{} holds a network that is a program of its own; it can only be drawn from", task.model);
  const Source source = open_model(task.model, {}, model_folders());
  if (!is_bundle(source.where))
    fail(ErrorKind::unsupported, place, "{} is an exact problem; a bundle with a network is needed",
         source.where);
  return source.where;
}

int finish(const LearnTask& task, const char* place, const std::string& first, nlohmann::json json,
           const TrainReport& training) {
  json["training"] = training_json(training);
  if (task.json)
    fmt::print("{}\n", json.dump(2));
  else if (!task.quiet)
    fmt::print("{}\n{}", first, training.steps > 0 ? training_text(training) : "");
  if (training.finished) return exit_ok;
  fmt::print(stderr, "ulam: {}: cancelled; the same command goes on\n", place);
  return exit_cancelled;
}

}  // namespace

int run_learn_sims(const LearnTask& task) {
  const char* place = "learn sims";
  if (!task.data.empty())
    fail(ErrorKind::option, place, "learns from the model's own draws; --data cannot stand here");
  use_threads(task.threads);
  SimsRequest request;
  request.model = folder_of(task, place);
  request.out = task.out;
  request.given = task.given;
  request.restart = task.restart;
  request.half = task.half;
  CancelToken cancel;
  const Interrupt interrupt(cancel);
  ProgressView view(progress_style(task.quiet, stderr), stderr, monotonic_seconds);
  const Watch watch{[&view](const Progress& p) { view.show(p); }, &cancel, monotonic_seconds};
  const SimsReport report = learn_sims(request, watch, validation_lines(view, task.quiet));
  view.finish();
  const OwnDraws& d = report.draws;
  const nlohmann::json json = {
      {"draws", {{"rows", d.rows}, {"found", d.found}, {"evaluations", d.evaluations}}}};
  return finish(
      task, place,
      fmt::format("{} draws, {} of them there before, {} evaluations", d.rows, d.found, d.evaluations), json,
      report.training);
}

int run_learn_minority(const LearnTask& task) {
  const char* place = "learn minority";
  if (task.data.empty())
    fail(ErrorKind::option, place, "no data given; --data takes the pictures that are to be scored");
  use_threads(task.threads);
  MinorityRequest request;
  request.model = folder_of(task, place);
  request.data = task.data;
  request.out = task.out;
  request.given = task.given;
  request.restart = task.restart;
  request.half = task.half;
  if (const auto features = task.given.find("features");
      features != task.given.end() && !features->second.empty())
    request.features = model_features(find_model(features->second, std::string(place) + ": --features"));
  CancelToken cancel;
  const Interrupt interrupt(cancel);
  ProgressView view(progress_style(task.quiet, stderr), stderr, monotonic_seconds);
  const Watch watch{[&view](const Progress& p) { view.show(p); }, &cancel, monotonic_seconds};
  const MinorityReport report = learn_minority(request, watch, validation_lines(view, task.quiet));
  view.finish();
  return finish(task, place, fmt::format("{} pictures scored now", report.scored),
                {{"scored", report.scored}}, report.training);
}

}  // namespace ulam::cli
