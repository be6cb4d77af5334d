#pragma once
// The configuration of diffusers' UNet2DModel, checked. No torch here.
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace ulam::diffusers {

enum class Activation { silu, mish, gelu, relu };
/// How the embedding of time and class enters a residual block.
enum class TimeShift { add, scale_shift };

/// A level on the way down or up.
enum class Block { plain, attention, resnet, skip, attention_skip, k };
enum class Resample { conv, resnet, none };

struct Unet2dConfig {
  int height = 0, width = 0;
  int in_channels = 3, out_channels = 3;
  bool center_input = false;
  enum class Time { positional, fourier, learned } time = Time::positional;
  int time_dim = 0;  // width of the embedding
  double freq_shift = 0;
  bool flip_sin_to_cos = true;
  std::vector<Block> down, up;
  bool middle = true, middle_attention = true;
  std::vector<int> channels;
  int layers = 2;
  double middle_scale = 1;
  int downsample_padding = 1;
  Resample downsample = Resample::conv, upsample = Resample::conv;  // of blocks of kind attention
  Activation activation = Activation::silu;
  std::optional<int> head_dim = 8;   // nothing: one head
  std::optional<int> groups = 32;    // nothing: groups_of() the channels, in skip and K networks
  std::optional<int> middle_groups;  // of the attention in the middle; nothing: no norm
  double eps = 1e-5;
  TimeShift shift = TimeShift::add;
  enum class Class { none, table, timestep, identity } label = Class::none;
  int classes = 0;                    // of a table
  int timesteps = 0;                  // of a learned time embedding
  std::vector<std::string> warnings;  // fields that are not heeded

  /// Groups of the middle's norms and the last one: a quarter of the channels, 32 at most, unless given.
  int groups_of(int of_channels) const;
};

/// Reads unet/config.json of a UNet2DModel by the defaults of diffusers 0.42. Throws Error(file) naming place
/// and field: an unknown block or activation (with the nearest), sizes out of range, lists whose lengths
/// differ, channels that groups do not divide, a picture that the levels cannot halve.
Unet2dConfig parse_unet2d(const nlohmann::json& json, const std::string& place);

/// "silu", "swish", "mish", "gelu", "relu".
Activation parse_activation(const std::string& name, const std::string& place, const std::string& field);

}  // namespace ulam::diffusers
