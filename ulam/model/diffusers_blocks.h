#pragma once
// The levels of a UNet2DModel.
#include <optional>
#include <string>
#include <vector>

#include "ulam/model/diffusers_attention.h"

namespace ulam::diffusers {

/// Collects what a network offers and costs while it is built.
struct Building {
  Parameters& parameters;
  const Unet2dConfig& config;
  std::vector<std::string>& taps;
  std::vector<std::string>& perturbations;
  double& flops;
  int height = 0, width = 0;

  Resnet resnet(const std::string& name, const ResnetSpec& spec);
  SelfAttention attention(const std::string& name, int channels, std::optional<int> groups, double scale);
  /// A residual block of the network's norms, activation and embedding.
  ResnetSpec spec(int inputs, int outputs) const;
};

/// What runs down (or up) beside the features of skip blocks; undefined where there is none.
struct Stream {
  at::Tensor x, skip;
};

/// A level on the way down: residual blocks, attention after each where the kind has it, then half the size.
struct DownLevel {
  Block kind;
  std::vector<Resnet> resnets;
  std::vector<SelfAttention> attentions;
  std::optional<Downsample> down;
  std::optional<Resnet> resnet_down;
  std::optional<Conv> skip_conv;
  bool k_down = false;
  DownLevel(Building& b, int level);
  /// Appends to `kept` what the way up will take.
  void operator()(Stream& s, const at::Tensor& embedding, std::vector<at::Tensor>& kept,
                  const Run& run) const;
};

/// A level on the way up: takes from `kept`.
struct UpLevel {
  Block kind;
  std::vector<Resnet> resnets;
  std::vector<SelfAttention> attentions;
  std::optional<Upsample> up;
  std::optional<Resnet> resnet_up;
  std::optional<Conv> skip_conv;
  std::optional<GroupNorm> skip_norm;
  bool k_up = false;
  /// `level` counts from the bottom.
  UpLevel(Building& b, int level);
  void operator()(Stream& s, const at::Tensor& embedding, std::vector<at::Tensor>& kept,
                  const Run& run) const;
};

/// Residual block, attention, residual block.
struct MiddleLevel {
  std::vector<Resnet> resnets;
  std::optional<SelfAttention> attention;
  explicit MiddleLevel(Building& b);
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& embedding, const Run& run) const;
};

}  // namespace ulam::diffusers
