#pragma once
// `ulam tune`: the best plan for one model at a few evaluations.
#include <string>
#include <vector>

#include "ulam/cli/command_line.h"

namespace ulam::cli {

/// model, steps, output, training, held-out, refined, rounds, random, label, seed, threads, path, no-cache.
const std::vector<Parameter>& tune_parameters();

struct TuneTask {
  Given given;
  bool json = false, quiet = false;
  bool trust = false;  // --trust: a model may be a file that can run code
};

/// Searches, prints what was tried, what it spent and how far the plan ends from converged trajectories on
/// fresh samples, and writes the plan. Ctrl-C keeps the search beside the output (FILE.search); the same
/// command goes on from it. Returns the exit code; throws what opening, tuning and writing throw.
int run_tune(const TuneTask& task);

}  // namespace ulam::cli
