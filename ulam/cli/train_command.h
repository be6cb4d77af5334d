#pragma once
// `ulam train`: a bundle's network learns from a data set.
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "ulam/cli/command_line.h"
#include "ulam/cli/progress_view.h"
#include "ulam/learn/train.h"

namespace ulam::cli {

struct TrainTask {
  std::string model, data, out;
  Given given;  // of train_parameters()
  bool restart = false, half = false, quiet = false, json = false;
  int threads = 0;
};

/// Trains, or goes on from the checkpoint in `out`. Returns 0, or 130 when cancelled with a checkpoint
/// written.
int run_train(const TrainTask& task);

/// What a training came to, for --json and for people.
nlohmann::json training_json(const TrainReport& report);
std::string training_text(const TrainReport& report);
/// Says the held-out losses of every checkpoint above the progress line; nothing where quiet. `view` must
/// outlive the result.
std::function<void(std::int64_t, const std::vector<LevelLoss>&)> validation_lines(ProgressView& view,
                                                                                  bool quiet);

}  // namespace ulam::cli
