#pragma once
// The networks of diffusers that are known here, by the class that a config.json names.
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "ulam/model/diffusers_dit_config.h"
#include "ulam/model/diffusers_unet_config.h"
#include "ulam/model/diffusers_weights.h"
#include "ulam/model/network.h"

namespace ulam::diffusers {

/// A config.json, checked.
struct NetworkFile {
  std::string place;  // the file
  nlohmann::json json;
  std::string kind;  // its class
  std::variant<Unet2dConfig, DitConfig> config;

  int in_channels() const;
  int out_channels() const;
  int classes() const;
  const std::vector<std::string>& warnings() const;
  const Unet2dConfig* unet() const { return std::get_if<Unet2dConfig>(&config); }
  /// [channels, height, width] of a row.
  std::vector<std::int64_t> shape() const;
};

/// Reads config.json in the folder: UNet2DModel, DiTTransformer2DModel, Transformer2DModel. No weights are
/// read. Throws Error(unsupported) naming the class and the known ones, and as parse_unet2d and parse_dit do.
NetworkFile read_network_file(const std::string& folder);

/// The network with the weights beside its configuration, all of which must be its own. Throws as Weights
/// does. `hash` becomes that of configuration and weights.
std::shared_ptr<const Network> load_network(const NetworkFile& file, const std::string& folder,
                                            std::uint64_t& hash);

}  // namespace ulam::diffusers
