#pragma once
// Small networks and rows for the tests of the model and learn rooms.
#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include "ulam/kernels/normal.h"
#include "ulam/model/network.h"

namespace ulam::test {

inline nlohmann::json small_unet() {
  return {{"kind", "unet"}, {"shape", {1, 8, 8}}, {"channels", 8}, {"multipliers", {1, 2}}, {"blocks", {1, 1}}, {"attention", {1}}, {"heads", 2},
          {"embedding", 16}, {"groups", 4}, {"classes", 3}};
}
inline nlohmann::json small_mlp() { return {{"kind", "mlp"}, {"shape", {5}}, {"width", 16}, {"depth", 2}, {"embedding", 8}}; }
inline nlohmann::json small_classifier() {
  return {{"kind", "classifier"}, {"shape", {1, 8, 8}}, {"channels", 8}, {"multipliers", {1, 2}}, {"groups", 4}, {"outputs", 3}};
}
inline nlohmann::json small_series() {
  return {{"kind", "series"}, {"shape", {1, 16}}, {"horizon", 4}, {"patch", 4}, {"width", 8}, {"depth", 2}, {"heads", 2}, {"embedding", 8}, {"detail", 3}};
}

/// Keyed normals of a shape; `id` tells rows of different uses apart.
inline at::Tensor normals(const std::vector<std::int64_t>& shape, std::uint64_t id) {
  at::Tensor out = at::empty(shape, at::kFloat);
  kernels::fill_normal(RowKey{make_key(11, Stream::test), id, 0}, 0,
                       std::span<float>(out.data_ptr<float>(), static_cast<std::size_t>(out.numel())));
  return out;
}

/// A network whose zero-initialised layers were filled too, so that every layer matters.
inline std::unique_ptr<Network> filled(const nlohmann::json& config) {
  std::unique_ptr<Network> network = make_network(config, "test");
  network->parameters().initialise(5);
  std::uint64_t id = 1000;
  for (const NamedTensor& p : network->parameters().list()) at::Tensor(p.tensor).add_(normals(p.tensor.sizes().vec(), id++) * 0.1);
  return network;
}

inline double max_difference(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

}  // namespace ulam::test
