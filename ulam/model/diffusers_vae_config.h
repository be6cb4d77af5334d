#pragma once
// The configuration of diffusers' AutoencoderKL, checked. No torch here.
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "ulam/model/diffusers_unet_config.h"

namespace ulam::diffusers {

struct VaeConfig {
  int in_channels = 3, out_channels = 3;
  std::vector<bool> down, up;  // levels on the way down, and from the bottom up: whether they have attention
  std::vector<int> channels;
  int layers = 1;
  Activation activation = Activation::silu;
  int latent_channels = 4;
  int groups = 32;
  bool middle_attention = true, quant_conv = true, post_quant_conv = true;
  double scale = 0.18215;  // a model's latents are (z - shift) scale ...
  double shift = 0;
  std::vector<double> mean, std;  // ... or (z - shift - mean) scale / std, a number a channel; empty: none
  std::vector<std::string> warnings;  // fields that are not heeded

  /// Pixels a side that one latent stands for.
  int factor() const { return 1 << (static_cast<int>(channels.size()) - 1); }
};

/// Reads vae/config.json of an AutoencoderKL by the defaults of diffusers 0.42. Throws Error(file) naming
/// place and field: an unknown block or activation (with the nearest), sizes out of range, lists whose
/// lengths differ, channels that groups do not divide.
VaeConfig parse_vae(const nlohmann::json& json, const std::string& place);

}  // namespace ulam::diffusers
