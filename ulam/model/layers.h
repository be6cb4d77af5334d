#pragma once
// The layers that the networks are made of: plain structs that hold their parameters' tensors. What a guidance method may
// ask of a module (perturbations, taps) is answered here, by the module's name.
#include <string>

#include <ATen/core/Tensor.h>

#include "ulam/model/model.h"
#include "ulam/model/parameters.h"

namespace ulam::layers {

/// What one network call carries through its layers.
struct Run {
  Call& call;
  at::ScalarType compute = at::kFloat;  // of convolutions: float, or bfloat16 with float activations between

  /// Keeps `value` when the call wants the tap `name`.
  void tap(const std::string& name, const at::Tensor& value) const;
  /// The perturbation asked of `module`, or null. At most one of each kind per call; the first match wins.
  const Perturbation* perturbation(const std::string& module, Perturbation::Kind kind) const;
};

/// Rows of `perturbed` where the perturbation's row mask says so, else of `plain`.
at::Tensor mix_rows(const Perturbation& p, const at::Tensor& plain, const at::Tensor& perturbed);

/// Gaussian blur over space of a [rows, C, H, W] map; an infinite deviation is the mean, 0 none.
at::Tensor blur(const at::Tensor& map, double deviation);

struct Linear {
  at::Tensor weight, bias;
  Linear() = default;
  /// `gain` 0 initialises to zero, else deviation gain / sqrt(inputs).
  Linear(Parameters& p, const std::string& name, int inputs, int outputs, double gain = 1);
  at::Tensor operator()(const at::Tensor& x) const;
};

struct Conv {
  at::Tensor weight, bias;
  int padding = 0;
  Conv() = default;
  Conv(Parameters& p, const std::string& name, int inputs, int outputs, int kernel, double gain = 1);
  at::Tensor operator()(const at::Tensor& x, const Run& run) const;
  double flops(int height, int width) const;
};

struct GroupNorm {
  at::Tensor weight, bias;
  int groups = 1;
  GroupNorm() = default;
  GroupNorm(Parameters& p, const std::string& name, int channels, int groups);
  at::Tensor operator()(const at::Tensor& x) const;
};

/// SiLU, in place where no gradient is wanted.
at::Tensor swish(at::Tensor x);

/// Features of a scalar per row: cos and sin of c * f_k, f_k geometric from 1/2 to 64 rad; [rows] -> [rows, size].
at::Tensor fourier_features(const at::Tensor& c, int size);

/// Pre-activation residual block: norm, SiLU, 3x3, norm (scaled and shifted by the embedding), SiLU, 3x3, plus the input
/// (through 1x1 where channels differ). The second convolution starts at zero. With embedding == 0 no scale and shift.
struct ResBlock {
  std::string name;
  GroupNorm norm1, norm2;
  Conv conv1, conv2, shortcut;
  Linear modulation;
  bool widens = false, modulated = false;
  ResBlock(Parameters& p, std::string name, int inputs, int outputs, int embedding, int groups);
  /// Answers Perturbation skip (the block returns its shortcut). Tap: the block's name.
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& embedding, const Run& run) const;
  double flops(int height, int width) const;
};

/// Multi-head self-attention over positions, with a residual; the output projection starts at zero. Answers identity
/// attention (the map becomes the identity: PAG), blurred attention (queries blurred in space: SEG) and skip. Taps: its
/// name, and NAME.map, the undisturbed map [rows, heads, positions, positions], each row of which sums to 1.
struct Attention {
  std::string name;
  GroupNorm norm;
  Conv qkv, out;
  int heads = 1;
  Attention(Parameters& p, std::string name, int channels, int heads, int groups);
  at::Tensor operator()(const at::Tensor& x, const Run& run) const;
  double flops(int height, int width) const;
};

}  // namespace ulam::layers
