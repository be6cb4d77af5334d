#pragma once
// A bundle: a folder with model.json (what the model is) and weights.safetensors (its numbers).
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "ulam/model/network_model.h"

namespace ulam {

/// model.json, checked. Fields: format (1), name, network {kind, ...}, path {kind, ...}, prediction, sigma_data, range
/// [low, high] of the data, classes (names), row_limit, draw (the recommended solver, steps, grid), card (free text fields:
/// purpose, data, licence, training, figures).
struct BundleConfig {
  std::string name;
  nlohmann::json network;
  nlohmann::json path = {{"kind", "edm"}};
  Head head{Prediction::edm, 0.5};
  double data_low = -1, data_high = 1;
  std::vector<std::string> classes;
  int row_limit = 0;
  nlohmann::json draw = nlohmann::json::object();
  nlohmann::json card = nlohmann::json::object();

  nlohmann::json json() const;
};

/// Throws Error(file | option) naming place and field: missing, unknown (with the nearest), out of range.
BundleConfig parse_bundle_config(const nlohmann::json& json, const std::string& place);
/// Reads FOLDER/model.json. Throws Error(system) when the folder or file is missing.
BundleConfig read_bundle_config(const std::string& folder);

/// True where the folder holds a model.json.
bool is_bundle(const std::string& folder);

/// Reads a bundle whole. Guaranteed: nothing of the file is trusted; every tensor is checked against the network by name,
/// shape and finiteness. Throws Error(system | file | option) in one sentence. Memory: twice the weights while reading.
std::shared_ptr<const NetworkModel> load_bundle(const std::string& folder);

/// Network with its weights, for training and fine-tuning (parameters may be changed by the caller who owns it).
std::unique_ptr<Network> load_network(const std::string& folder, const BundleConfig& config);
ModelInfo info_of(const BundleConfig& config);

/// Writes both files atomically, the weights first. Creates the folder. `half`: weights as float16, half the file;
/// they are read back as float.
void save_bundle(const std::string& folder, const BundleConfig& config, const Network& network, bool half = false);

}  // namespace ulam
