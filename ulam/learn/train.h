#pragma once
// `ulam train` as a function: a bundle's network, a data set, options with a schema; writes a bundle and a checkpoint.
#include <functional>
#include <string>
#include <vector>

#include "ulam/base/options.h"
#include "ulam/base/progress.h"
#include "ulam/learn/objective.h"
#include "ulam/model/bundle.h"

namespace ulam {

struct TrainRequest {
  std::string model;   // bundle folder or a model.json whose network, path and names are taken (weights only with start=weights)
  std::string data;    // see read_dataset
  std::string out;     // folder of the new bundle and of checkpoint.safetensors
  Options options;     // of train_parameters()
  bool restart = false;  // ignore a checkpoint that is there
  std::string name{}, purpose{};  // of the new bundle; "" = those of `model`
  bool half = false;              // the bundle's weights as float16; checkpoints stay as they are
};

struct TrainReport {
  std::int64_t step = 0, steps = 0;
  bool finished = false;  // false when cancelled; the same request resumes
  double loss = 0, seconds = 0;
  std::vector<LevelLoss> validation;  // of the averaged weights on held-out rows
  std::string folder;
  std::string statistics;  // what came of the statistics at the end, one sentence; "" = not asked for
};

/// kind, steps, batch, rate, warm_up, decay, clip, average, beta2, weight_decay, seed, augment, levels, log_mean, log_deviation,
/// class_dropout, label_smoothing, precision, device, checkpoint_every, start, statistics.
const std::vector<Parameter>& train_parameters();

/// Trains, or goes on from the checkpoint in `out`. The averaged weights are written as a bundle at every checkpoint and at
/// the end, atomically; at the end with them gaussian.safetensors (see measure_statistics). `told` gets the validation lines when they are made. Throws Error: see read_dataset, load_bundle;
/// Error(unsupported) for a device that is not there. Cost: steps * batch evaluations, forward and backward.
TrainReport train(const TrainRequest& request, const Watch& watch,
                  const std::function<void(std::int64_t, const std::vector<LevelLoss>&)>& told = {});

}  // namespace ulam
