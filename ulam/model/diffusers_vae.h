#pragma once
// diffusers' AutoencoderKL.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "ulam/model/diffusers_attention.h"
#include "ulam/model/diffusers_vae_config.h"
#include "ulam/model/latent_decoder.h"

namespace ulam::diffusers {

/// Residual blocks, attention after each where the level has it, then half or twice the size.
struct VaeLevel {
  std::vector<Resnet> resnets;
  std::vector<SelfAttention> attentions;
  std::optional<Downsample> down;
  std::optional<Upsample> up;
  at::Tensor operator()(at::Tensor x, const Run& run) const;
};

/// One half of an autoencoder: a convolution, levels with the middle before (decoder) or after them, a norm,
/// a convolution.
struct VaeHalf {
  Conv in, out;
  std::vector<VaeLevel> levels;
  std::vector<Resnet> middle;
  std::optional<SelfAttention> attention;
  GroupNorm norm;
  bool decodes = false;
  VaeHalf(Parameters& p, const VaeConfig& c, bool decodes);
  at::Tensor operator()(const at::Tensor& x) const;
};

/// The mean and the logarithm of the variance of latents, before a model's scale.
struct LatentMoments {
  at::Tensor mean, log_variance;
};

/// An autoencoder with diffusers' names for tensors ("decoder.up_blocks.0.resnets.1.conv1.weight").
/// Guaranteed: equal to diffusers' to rounding for every field that parse_vae accepts. Source: Rombach et al.
/// 2022, arXiv 2112.10752; the diffusers library, 0.42.
class Autoencoder {
 public:
  /// Takes its tensors from `source` (zeros when null); without the encoder where that is not asked for.
  Autoencoder(const VaeConfig& config, ParameterSource* source, bool with_encoder = true);
  /// Pictures [rows, in_channels, H, W] float -> [rows, latent_channels, h, w], halved once a level but the
  /// last. The log-variance is held within [-30, 20]. Throws Error(unsupported) without an encoder.
  LatentMoments encode(const at::Tensor& pictures) const;
  /// Latents [rows, latent_channels, h, w] float, without a model's scale -> [rows, out_channels, factor h,
  /// factor w], not cut to any range.
  at::Tensor decode(const at::Tensor& latents) const;
  const VaeConfig& config() const { return c_; }
  const Parameters& parameters() const { return parameters_; }
  /// Of decoding one row of h x w latents.
  double decoding_flops(int height, int width) const;

 private:
  VaeConfig c_;
  Parameters parameters_;
  std::optional<VaeHalf> encoder_;
  std::optional<Conv> quant_;
  std::optional<VaeHalf> decoder_;
  std::optional<Conv> post_quant_;
};

/// Throws Error(file) naming `place` and field where latents [channels, height, width] of a model are not
/// what the autoencoder decodes, where the picture would have more than 16384 pixels a side, or is none of 1
/// or 3 channels.
void check_latents(const VaeConfig& config, const std::vector<std::int64_t>& latent,
                   const std::string& place);

/// The decoder for latents of that shape: takes off the model's scale (z = x std / scale + mean + shift),
/// decodes row by row, cuts to [-1, 1]. Throws as check_latents.
LatentDecoderPtr make_latent_decoder(std::shared_ptr<const Autoencoder> autoencoder,
                                     const std::vector<std::int64_t>& latent, const std::string& name,
                                     std::uint64_t hash, const std::string& place);

}  // namespace ulam::diffusers
