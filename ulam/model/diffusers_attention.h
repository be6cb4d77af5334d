#pragma once
// Attention of positions to one another, with diffusers' names for its tensors.
#include <optional>
#include <string>

#include "ulam/model/diffusers_layers.h"

namespace ulam::diffusers {

/// Attention of tokens that stand in a grid, without norm and residual. Answers identity attention and
/// blurred attention (the queries blurred over the grid). Tap NAME.map: the undisturbed map [rows, heads,
/// positions, positions], each row of which sums to 1.
struct TokenAttention {
  std::string name;
  Linear q, k, v, out;
  int heads = 1;
  /// `head` = channels a head; the output's projection always has a bias.
  TokenAttention(Parameters& p, std::string name, int channels, int heads, int head, bool biased = true);
  /// tokens [rows, height * width, channels] -> the same shape.
  at::Tensor operator()(const at::Tensor& tokens, std::int64_t height, std::int64_t width,
                        const Run& run) const;
  double flops(double positions) const;
};

/// Self-attention over the positions of a [rows, C, H, W] map, with a residual. Answers identity attention,
/// blurred attention and skip, and has the taps of layers::Attention.
struct SelfAttention {
  std::optional<GroupNorm> norm;
  TokenAttention attention;
  double scale = 1;  // the sum is divided by this
  /// `head` = channels a head, `groups` nothing: no norm.
  SelfAttention(Parameters& p, const std::string& name, int channels, int head, std::optional<int> groups,
                double eps, double scale);
  at::Tensor operator()(const at::Tensor& x, const Run& run) const;
  double flops(int height, int width) const;
};

}  // namespace ulam::diffusers
