#pragma once
// `ulam stats`: the data's mean and principal directions, written beside a model's weights.
#include <string>

#include "ulam/cli/command_line.h"

namespace ulam::cli {

/// model, data, rank, class-rank, classes, rows, tolerance, seed, threads.
const std::vector<Parameter>& stats_parameters();

struct StatsTask {
  Given given;  // of stats_parameters()
  bool json = false, quiet = false;
  bool trust = false;  // --trust: a model may be a file that can run code
};

/// Measures, calibrates on the model, writes gaussian.safetensors into the bundle's folder, prints. Returns
/// 0. Throws as measure_statistics and write_gaussians do, Error(option) for a model that is no bundle.
int run_stats(const StatsTask& task);

}  // namespace ulam::cli
