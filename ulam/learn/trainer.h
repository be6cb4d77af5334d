#pragma once
// The one training loop: batches in a keyed order, an objective, Adam, averaged weights, checkpoints that resume bit for bit.
#include <functional>
#include <map>
#include <optional>

#include "ulam/base/progress.h"
#include "ulam/learn/adam.h"
#include "ulam/learn/objective.h"

namespace ulam {

struct TrainerOptions {
  std::int64_t steps = 10000;    // updates
  int batch = 64;                // rows an update
  double rate = 1e-3;            // learning rate at its plateau
  std::int64_t warm_up = 500;    // updates of linear rise
  double decay_share = 0.25;     // share of the run, at its end, over which the rate falls linearly to 0
  double clip = 1;               // most gradient norm, 0 = none
  double average = 0.999;        // decay of the averaged weights, reached from (1 + n) / (10 + n)
  AdamOptions adam;
  std::uint64_t seed = 1;
  std::string augment = "none";
  double data_low = -1, data_high = 1;
  at::ScalarType compute = at::kFloat;
  at::Device device = at::kCPU;
};

/// Everything that changes: network weights (in the network itself), averaged weights, moments, and the count.
struct TrainState {
  std::shared_ptr<Network> network;
  std::shared_ptr<Network> average;
  AdamState adam;
  std::int64_t step = 0;
  double loss = 0;      // running mean of the loss (decay .99)
  double seconds = 0;   // spent so far, by the caller's clock
};

/// Fresh state: weights initialised from the seed.
TrainState train_start(const nlohmann::json& network_config, const TrainerOptions& options, const std::string& place);

/// Learning rate of update `step` (0-based): min(1, (step+1)/warm_up) * min(1, (steps-step)/(decay_share steps)) * rate.
double learning_rate(const TrainerOptions& options, std::int64_t step);

/// The data row of running number `row`: epoch row / n is a keyed permutation, so that every row is seen once an epoch.
/// Pure in (seed, n, row); keeps the permutation of one epoch.
class KeyedOrder {
 public:
  KeyedOrder(std::uint64_t seed, std::int64_t n) : seed_(seed), n_(n) {}
  std::int64_t at(std::uint64_t row);

 private:
  std::uint64_t seed_;
  std::int64_t n_;
  std::int64_t epoch_ = -1;
  std::vector<std::int64_t> order_;
};

/// Called after every `every` updates and at the end with the state; may write checkpoints.
struct TrainHook {
  std::int64_t every = 1000;
  std::function<void(const TrainState&)> call;
};

/// Runs updates state.step .. options.steps - 1. Stops early, at a step's border, when watch.cancel is set. Guaranteed: the
/// weights after k updates depend on (options, data, k) only, bit for bit on one machine, build and thread count, however
/// the run was cut. Throws Error(numeric) when the loss is not finite.
void train_run(TrainState& state, const TrainerOptions& options, const Objective& objective, const Dataset& data, const Watch& watch,
               const std::vector<TrainHook>& hooks);

/// The batch of the rows `first`, `first` + 1, ... of a held-out set, in file order, keyed apart from training.
Batch validation_batch(const Dataset& data, std::int64_t first, std::int64_t rows, const TrainerOptions& options);

/// Writes / reads the state with options' fingerprint. Reading throws Error(file) when the file belongs to another run
/// (naming what differs) or is broken.
void save_checkpoint(const std::string& path, const TrainState& state, const std::map<std::string, std::string>& run);
void load_checkpoint(const std::string& path, TrainState& state, const std::map<std::string, std::string>& run);

}  // namespace ulam
