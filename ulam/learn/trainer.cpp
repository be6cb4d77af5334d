#include "ulam/learn/trainer.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/base/key.h"

namespace ulam {

TrainState train_start(const nlohmann::json& network_config, const TrainerOptions& options, const std::string& place) {
  TrainState state;
  state.network = make_network(network_config, place);
  if (state.network->plain_input())
    fail(ErrorKind::unsupported, place, "a network of kind '{}' takes weights from elsewhere and is not trained here",
         network_config["kind"].get<std::string>());
  state.average = make_network(network_config, place);
  state.network->parameters().initialise(options.seed);
  state.average->parameters().copy_from(state.network->parameters());
  state.network->parameters().to(options.device);
  state.average->parameters().to(options.device);
  state.network->parameters().require_gradients(true);
  state.network->compute_in(options.compute);
  state.adam = adam_start(state.network->parameters());
  return state;
}

double learning_rate(const TrainerOptions& options, std::int64_t step) {
  double factor = 1;
  if (options.warm_up > 0) factor = std::min(factor, static_cast<double>(step + 1) / static_cast<double>(options.warm_up));
  const double fall = options.decay_share * static_cast<double>(options.steps);
  if (fall > 0) factor = std::min(factor, static_cast<double>(options.steps - step) / fall);
  return options.rate * factor;
}

std::int64_t KeyedOrder::at(std::uint64_t row) {
  const auto epoch = static_cast<std::int64_t>(row / static_cast<std::uint64_t>(n_));
  if (epoch != epoch_) {
    std::vector<std::uint32_t> bits(static_cast<std::size_t>(n_));
    const RowKey key{make_key(seed_, Stream::data), static_cast<std::uint64_t>(epoch), 0};
    for (std::size_t i = 0; i < bits.size(); ++i) bits[i] = random_bits(key, i);
    order_.resize(bits.size());
    std::iota(order_.begin(), order_.end(), std::int64_t{0});
    std::stable_sort(order_.begin(), order_.end(),
                     [&](std::int64_t a, std::int64_t b) { return bits[static_cast<std::size_t>(a)] < bits[static_cast<std::size_t>(b)]; });
    epoch_ = epoch;
  }
  return order_[static_cast<std::size_t>(row % static_cast<std::uint64_t>(n_))];
}

namespace {

Batch batch_of(const Dataset& data, const std::vector<std::int64_t>& index, std::uint64_t first, const TrainerOptions& options) {
  at::NoGradGuard no_grad;
  Batch batch;
  batch.seed = options.seed;
  for (std::size_t i = 0; i < index.size(); ++i) batch.rows.push_back(first + i);
  const at::Tensor rows = at::empty({static_cast<std::int64_t>(index.size())}, at::kLong);
  std::copy(index.begin(), index.end(), rows.data_ptr<std::int64_t>());
  batch.x0 = pictures_to_float(data.images.index_select(0, rows), options.data_low, options.data_high).to(options.device);
  if (data.labels.defined()) batch.labels = data.labels.index_select(0, rows).to(options.device);
  return batch;
}

// average <- d average + (1 - d) weights
void average_weights(const Network& network, Network& average, double d) {
  at::NoGradGuard no_grad;
  const auto &from = network.parameters().list(), &to = average.parameters().list();
  for (std::size_t i = 0; i < from.size(); ++i) at::Tensor(to[i].tensor).lerp_(from[i].tensor.detach(), 1 - d);
}

}  // namespace

Batch validation_batch(const Dataset& data, std::int64_t first, std::int64_t rows, const TrainerOptions& options) {
  std::vector<std::int64_t> index(static_cast<std::size_t>(rows));
  std::iota(index.begin(), index.end(), first);
  constexpr std::uint64_t apart = std::uint64_t{1} << 62;
  return batch_of(data, index, apart + static_cast<std::uint64_t>(first), options);
}

void train_run(TrainState& state, const TrainerOptions& options, const Objective& objective, const Dataset& data, const Watch& watch,
               const std::vector<TrainHook>& hooks) {
  KeyedOrder order(options.seed, data.size());
  std::vector<std::int64_t> index(static_cast<std::size_t>(options.batch));
  const double began = watch.now(), before = state.seconds;
  const auto report = [&] {
    state.seconds = before + watch.now() - began;
    watch.report({"training", state.step, options.steps, "steps", fmt::format("loss {:.4f}", state.loss)});
  };
  std::int64_t saved = state.step;
  while (state.step < options.steps && !watch.cancelled()) {
    const std::uint64_t first = static_cast<std::uint64_t>(state.step) * static_cast<std::uint64_t>(options.batch);
    for (std::size_t i = 0; i < index.size(); ++i) index[i] = order.at(first + i);
    Batch batch = batch_of(data, index, first, options);
    batch.x0 = augment(batch, options.augment);
    const at::Tensor loss = objective.loss(*state.network, batch);
    const double value = loss.item<double>();
    if (!std::isfinite(value)) fail(ErrorKind::numeric, "training", "the loss of step {} is {}; a lower rate may help", state.step, value);
    loss.backward();
    clip_gradients(state.network->parameters(), options.clip);
    adam_update(state.network->parameters(), state.adam, options.adam, learning_rate(options, state.step));
    const double n = static_cast<double>(state.step);
    average_weights(*state.network, *state.average, std::min(options.average, (1 + n) / (10 + n)));
    state.loss = state.step == 0 ? value : 0.99 * state.loss + 0.01 * value;
    ++state.step;
    report();
    for (const TrainHook& hook : hooks)
      if (hook.call && state.step % hook.every == 0) hook.call(state), saved = state.step;
  }
  if (saved != state.step || state.step == options.steps)
    for (const TrainHook& hook : hooks)
      if (hook.call && state.step % hook.every != 0) hook.call(state);
}

}  // namespace ulam
