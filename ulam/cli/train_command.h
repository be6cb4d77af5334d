#pragma once
// `ulam train`: a bundle's network learns from a data set.
#include <string>

#include "ulam/cli/command_line.h"

namespace ulam::cli {

struct TrainTask {
  std::string model, data, out;
  Given given;  // of train_parameters()
  bool restart = false, quiet = false, json = false;
  int threads = 0;
};

/// Trains, or goes on from the checkpoint in `out`. Returns 0, or 130 when cancelled with a checkpoint
/// written.
int run_train(const TrainTask& task);

}  // namespace ulam::cli
