#pragma once
// The layers of diffusers' convolutional networks, with its names for their tensors.
#include <optional>
#include <string>

#include <ATen/core/Tensor.h>

#include "ulam/model/diffusers_unet_config.h"
#include "ulam/model/layers.h"

namespace ulam::diffusers {

using layers::Run;

/// In place where no gradient is wanted.
at::Tensor activate(at::Tensor x, Activation activation);

/// [rows, n] or [rows, positions, n]; without bias where `biased` is false.
struct Linear {
  at::Tensor weight, bias;
  Linear() = default;
  Linear(Parameters& p, const std::string& name, int inputs, int outputs, bool biased = true);
  at::Tensor operator()(const at::Tensor& x) const;
};

struct Conv {
  at::Tensor weight, bias;
  int stride = 1, padding = 0;
  Conv() = default;
  Conv(Parameters& p, const std::string& name, int inputs, int outputs, int kernel, int stride = 1,
       int padding = -1, bool biased = true);
  at::Tensor operator()(const at::Tensor& x) const;
  double flops(int height, int width) const;  // for an output of that size
};

struct GroupNorm {
  at::Tensor weight, bias;
  int groups = 1;
  double eps = 1e-5;
  GroupNorm() = default;
  GroupNorm(Parameters& p, const std::string& name, int channels, int groups, double eps);
  at::Tensor operator()(const at::Tensor& x) const;
};

/// GroupNorm without parameters, scaled and shifted by a linear function of the embedding (K blocks).
struct AdaNorm {
  Linear linear;
  int groups = 1;
  double eps = 1e-5;
  AdaNorm() = default;
  AdaNorm(Parameters& p, const std::string& name, int embedding, int channels, int groups, double eps);
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& embedding) const;
};

/// The filter [1 3 3 1] on every channel, and half or twice as many pixels a side (StyleGAN2; zeros outside).
at::Tensor fir_down(const at::Tensor& x);
at::Tensor fir_up(const at::Tensor& x);
/// The same filter with mirrored borders (K blocks).
at::Tensor k_down(const at::Tensor& x);
at::Tensor k_up(const at::Tensor& x);

enum class Sampling { none, down, up, fir_down, fir_up };

/// What a residual block is made of.
struct ResnetSpec {
  int inputs = 0, outputs = 0;
  int embedding = 0;                // 0: no time
  int groups = 32, groups_out = 0;  // 0: as groups
  double eps = 1e-5;
  Activation activation = Activation::silu;
  TimeShift shift = TimeShift::add;
  double scale = 1;       // the sum is divided by this
  bool shortcut = false;  // a 1x1 convolution also where channels are equal
  bool ada = false;       // AdaNorm, and a shortcut without bias
  Sampling sampling = Sampling::none;
};

/// ResnetBlock2D and ResnetBlockCondNorm2D. Answers Perturbation skip (returns what stands beside the two
/// convolutions). Tap: the block's name.
struct Resnet {
  std::string name;
  ResnetSpec spec;
  GroupNorm norm1, norm2;
  AdaNorm ada1, ada2;
  Conv conv1, conv2, shortcut;
  Linear time;
  bool widens = false;
  Resnet(Parameters& p, std::string name, const ResnetSpec& spec);
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& embedding, const Run& run) const;
  double flops(int height, int width) const;  // for an output of that size
};

/// 3x3 with stride 2; padding 0 pads below and to the right.
struct Downsample {
  Conv conv;
  Downsample(Parameters& p, const std::string& name, int channels, int padding);
  at::Tensor operator()(const at::Tensor& x) const;
};

/// Every pixel four times, then 3x3.
struct Upsample {
  Conv conv;
  Upsample(Parameters& p, const std::string& name, int channels);
  at::Tensor operator()(const at::Tensor& x) const;
};

/// sin and cos of time times falling frequencies: [rows] -> [rows, size] (get_timestep_embedding, max_period
/// 10000).
at::Tensor timestep_features(const at::Tensor& time, int size, bool flip_sin_to_cos, double freq_shift);

}  // namespace ulam::diffusers
