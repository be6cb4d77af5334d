#pragma once
// `ulam learn`: what guidance needs besides the model, learned from the model itself.
#include <string>

#include "ulam/cli/command_line.h"

namespace ulam::cli {

struct LearnTask {
  std::string model, data, out;
  Given given;  // of sims_parameters() or minority_parameters()
  bool restart = false, half = false, quiet = false, json = false;
  int threads = 0;
};

/// Draws and fine-tunes, or goes on with it. Returns 0, or 130 when cancelled with everything kept.
int run_learn_sims(const LearnTask& task);
/// Scores, bins and trains, or goes on with it. Returns as run_learn_sims.
int run_learn_minority(const LearnTask& task);

}  // namespace ulam::cli
