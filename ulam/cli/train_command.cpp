#include "ulam/cli/train_command.h"

#include <cstdio>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/cli/exit_code.h"
#include "ulam/cli/interrupt.h"
#include "ulam/cli/model_source.h"
#include "ulam/cli/progress_view.h"
#include "ulam/cli/threads.h"
#include "ulam/learn/train.h"

namespace ulam::cli {
namespace {

/// A shipped model's folder where its name was given.
std::string model_folder(const std::string& model) {
  if (model.find('/') != std::string::npos) return model;
  for (const Shipped& s : shipped_models(model_folders()))
    if (s.name == model) return s.folder;
  return model;
}

std::string levels_text(const std::vector<LevelLoss>& levels) {
  std::string out;
  for (const LevelLoss& l : levels)
    out += fmt::format("{}{} {:.4f} +- {:.4f}", out.empty() ? "" : ", ", l.level, l.value, l.error);
  return out;
}

nlohmann::json levels_json(const std::vector<LevelLoss>& levels) {
  nlohmann::json list = nlohmann::json::array();
  for (const LevelLoss& l : levels)
    list.push_back({{"level", l.level}, {"value", l.value}, {"error", l.error}});
  return list;
}

}  // namespace

nlohmann::json training_json(const TrainReport& report) {
  return {{"step", report.step},
          {"steps", report.steps},
          {"finished", report.finished},
          {"loss", report.loss},
          {"seconds", report.seconds},
          {"folder", report.folder},
          {"statistics", report.statistics},
          {"validation", levels_json(report.validation)}};
}

std::string training_text(const TrainReport& report) {
  std::string out = fmt::format("{} of {} steps in {}, loss {:.4f}\n", report.step, report.steps,
                                duration_text(report.seconds), report.loss);
  if (!report.validation.empty()) out += fmt::format("held-out rows: {}\n", levels_text(report.validation));
  if (!report.statistics.empty()) out += report.statistics + "\n";
  return out + fmt::format("wrote {}\n", report.folder);
}

std::function<void(std::int64_t, const std::vector<LevelLoss>&)> validation_lines(ProgressView& view,
                                                                                  bool quiet) {
  return [&view, quiet](std::int64_t step, const std::vector<LevelLoss>& levels) {
    if (quiet) return;
    const nlohmann::json line = {{"validation", levels_json(levels)}, {"step", step}};
    view.say(progress_style(false, stderr) == ProgressStyle::bar
                 ? fmt::format("step {}: {}", step, levels_text(levels))
                 : line.dump());
  };
}

int run_train(const TrainTask& task) {
  if (task.model.empty())
    fail(ErrorKind::option, "train", "no model given; name a bundle's folder or a model.json");
  if (task.data.empty())
    fail(ErrorKind::option, "train", "no data given; --data takes a folder, .npy or .npz");
  if (task.out.empty()) fail(ErrorKind::option, "train", "no --out folder given for the new bundle");
  use_threads(task.threads);
  TrainRequest request{.model = model_folder(task.model),
                       .data = task.data,
                       .out = task.out,
                       .options = Options("train", train_parameters(), task.given),
                       .restart = task.restart,
                       .half = task.half};
  CancelToken cancel;
  const Interrupt interrupt(cancel);
  ProgressView view(progress_style(task.quiet, stderr), stderr, monotonic_seconds);
  const Watch watch{[&view](const Progress& p) { view.show(p); }, &cancel, monotonic_seconds};
  const TrainReport report = train(request, watch, validation_lines(view, task.quiet));
  view.finish();
  if (task.json) {
    fmt::print("{}\n", training_json(report).dump(2));
  } else if (!task.quiet) {
    fmt::print("{}", training_text(report));
  }
  if (report.finished) return exit_ok;
  fmt::print(stderr, "ulam: train: cancelled at step {} of {}; the same command goes on from there\n",
             report.step, report.steps);
  return exit_cancelled;
}

}  // namespace ulam::cli
