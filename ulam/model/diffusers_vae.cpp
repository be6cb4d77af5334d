#include "ulam/model/diffusers_vae.h"

#include <algorithm>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "ulam/base/error.h"
#include "ulam/model/convert.h"

namespace ulam::diffusers {
namespace {

constexpr double vae_eps = 1e-6;
constexpr std::int64_t most_pixels_a_side = 16384;

Resnet vae_resnet(Parameters& p, const std::string& name, const VaeConfig& c, int inputs, int outputs) {
  ResnetSpec s;
  s.inputs = inputs;
  s.outputs = outputs;
  s.groups = c.groups;
  s.eps = vae_eps;
  s.activation = c.activation;
  return Resnet(p, name, s);
}

SelfAttention vae_attention(Parameters& p, const std::string& name, const VaeConfig& c, int channels) {
  return SelfAttention(p, name, channels, channels, c.groups, vae_eps, 1);
}

VaeLevel vae_level(Parameters& p, const VaeConfig& c, std::size_t level, bool decodes) {
  const std::size_t levels = c.channels.size();
  const auto channels = [&](std::size_t l) { return c.channels[decodes ? levels - 1 - l : l]; };
  const std::string name = fmt::format("{}.{}", decodes ? "decoder.up_blocks" : "encoder.down_blocks", level);
  const int outputs = channels(level);
  VaeLevel built;
  for (int i = 0; i < c.layers + (decodes ? 1 : 0); ++i) {
    const int inputs = i > 0 || level == 0 ? outputs : channels(level - 1);
    built.resnets.push_back(vae_resnet(p, fmt::format("{}.resnets.{}", name, i), c, inputs, outputs));
    if (decodes ? c.up[level] : c.down[level])
      built.attentions.push_back(vae_attention(p, fmt::format("{}.attentions.{}", name, i), c, outputs));
  }
  if (level + 1 < levels) {
    if (decodes)
      built.up.emplace(p, name + ".upsamplers.0", outputs);
    else
      built.down.emplace(p, name + ".downsamplers.0", outputs, 0);
  }
  return built;
}

at::Tensor a_number_a_channel(const std::vector<double>& values, const at::Tensor& like) {
  return at::tensor(values, at::kDouble).to(like.options()).view({1, -1, 1, 1});
}

class KlDecoder final : public LatentDecoder {
 public:
  KlDecoder(std::shared_ptr<const Autoencoder> autoencoder, DecoderInfo info)
      : autoencoder_(std::move(autoencoder)), info_(std::move(info)) {}
  const DecoderInfo& info() const override { return info_; }

  at::Tensor decode(const at::Tensor& latents) const override {
    if (latents.dim() != 4 || latents.sizes().slice(1) != at::IntArrayRef(info_.latent) ||
        latents.scalar_type() != at::kFloat)
      fail(ErrorKind::shape, "decoder", "latents {} of type {}, it takes float rows of {}",
           shape_text(latents.sizes()), at::toString(latents.scalar_type()), shape_text(info_.latent));
    // One by one: a row's bits must not depend on the others.
    std::vector<at::Tensor> done;
    for (std::int64_t i = 0; i < latents.size(0); ++i)
      done.push_back(autoencoder_->decode(unscaled(latents.narrow(0, i, 1))).clamp(-1, 1));
    if (!done.empty()) return at::cat(done);
    std::vector<std::int64_t> none = info_.shape;
    none.insert(none.begin(), 0);
    return at::empty(none, latents.options());
  }

 private:
  at::Tensor unscaled(const at::Tensor& x) const {
    const VaeConfig& c = autoencoder_->config();
    at::Tensor z = x / c.scale;
    if (!c.std.empty()) z = z * a_number_a_channel(c.std, z);
    if (!c.mean.empty()) z = z + a_number_a_channel(c.mean, z);
    return c.shift == 0 ? z : z + c.shift;
  }

  std::shared_ptr<const Autoencoder> autoencoder_;
  DecoderInfo info_;
};

}  // namespace

at::Tensor VaeLevel::operator()(at::Tensor x, const Run& run) const {
  for (std::size_t i = 0; i < resnets.size(); ++i) {
    x = resnets[i](x, {}, run);
    if (!attentions.empty()) x = attentions[i](x, run);
  }
  return down ? (*down)(x) : up ? (*up)(x) : x;
}

VaeHalf::VaeHalf(Parameters& p, const VaeConfig& c, bool decodes_) : decodes(decodes_) {
  const std::string name = decodes ? "decoder" : "encoder";
  const int top = c.channels.front(), bottom = c.channels.back();
  in = decodes ? Conv(p, name + ".conv_in", c.latent_channels, bottom, 3)
               : Conv(p, name + ".conv_in", c.in_channels, top, 3);
  for (std::size_t l = 0; l < c.channels.size(); ++l) levels.push_back(vae_level(p, c, l, decodes));
  middle.push_back(vae_resnet(p, name + ".mid_block.resnets.0", c, bottom, bottom));
  if (c.middle_attention) attention = vae_attention(p, name + ".mid_block.attentions.0", c, bottom);
  middle.push_back(vae_resnet(p, name + ".mid_block.resnets.1", c, bottom, bottom));
  const int last = decodes ? top : bottom;
  norm = GroupNorm(p, name + ".conv_norm_out", last, c.groups, vae_eps);
  out = Conv(p, name + ".conv_out", last, decodes ? c.out_channels : 2 * c.latent_channels, 3);
}

at::Tensor VaeHalf::operator()(const at::Tensor& x) const {
  Call nothing;
  const Run run{nothing, at::kFloat};
  at::Tensor h = in(x.contiguous(at::MemoryFormat::ChannelsLast));
  const auto through_middle = [&] {
    h = middle[0](h, {}, run);
    if (attention) h = (*attention)(h, run);
    h = middle[1](h, {}, run);
  };
  if (decodes) through_middle();
  for (const VaeLevel& level : levels) h = level(h, run);
  if (!decodes) through_middle();
  return out(activate(norm(h), Activation::silu));
}

Autoencoder::Autoencoder(const VaeConfig& config, ParameterSource* source, bool with_encoder) : c_(config) {
  parameters_.declare_from(source);
  if (with_encoder) {
    encoder_.emplace(parameters_, c_, false);
    if (c_.quant_conv)
      quant_.emplace(parameters_, "quant_conv", 2 * c_.latent_channels, 2 * c_.latent_channels, 1);
  }
  if (c_.post_quant_conv)
    post_quant_.emplace(parameters_, "post_quant_conv", c_.latent_channels, c_.latent_channels, 1);
  decoder_.emplace(parameters_, c_, true);
  parameters_.declare_from(nullptr);
}

LatentMoments Autoencoder::encode(const at::Tensor& pictures) const {
  if (!encoder_) fail(ErrorKind::unsupported, "autoencoder", "was read without its encoder");
  at::Tensor moments = (*encoder_)(pictures);
  if (quant_) moments = (*quant_)(moments);
  const auto parts = moments.chunk(2, 1);
  return {parts[0].contiguous(), parts[1].clamp(-30, 20).contiguous()};
}

at::Tensor Autoencoder::decode(const at::Tensor& latents) const {
  return (*decoder_)(post_quant_ ? (*post_quant_)(latents) : latents).contiguous();
}

double Autoencoder::decoding_flops(int height, int width) const {
  const VaeHalf& d = *decoder_;
  double sum = d.in.flops(height, width) + (post_quant_ ? post_quant_->flops(height, width) : 0);
  for (const Resnet& r : d.middle) sum += r.flops(height, width);
  if (d.attention) sum += d.attention->flops(height, width);
  for (const VaeLevel& level : d.levels) {
    for (const Resnet& r : level.resnets) sum += r.flops(height, width);
    for (const SelfAttention& a : level.attentions) sum += a.flops(height, width);
    if (!level.up) continue;
    height *= 2, width *= 2;
    sum += level.up->conv.flops(height, width);
  }
  return sum + d.out.flops(height, width);
}

namespace {

std::vector<std::int64_t> decoded_shape(const VaeConfig& c, const std::vector<std::int64_t>& latent) {
  return {c.out_channels, latent[1] * c.factor(), latent[2] * c.factor()};
}

}  // namespace

void check_latents(const VaeConfig& c, const std::vector<std::int64_t>& latent, const std::string& place) {
  if (latent.size() != 3 || latent[0] != c.latent_channels)
    fail(ErrorKind::file, place, "field 'latent_channels' is {}, the network draws rows of shape {}",
         c.latent_channels, shape_text(latent));
  const std::vector<std::int64_t> shape = decoded_shape(c, latent);
  if (std::max(shape[1], shape[2]) > most_pixels_a_side)
    fail(ErrorKind::file, place,
         "field 'block_out_channels' has {} levels, which makes latents of {} x {} pictures of {} x {}; {} "
         "pixels a side are the most",
         c.channels.size(), latent[1], latent[2], shape[1], shape[2], most_pixels_a_side);
  if (!is_picture(shape))
    fail(ErrorKind::file, place, "field 'out_channels' is {}; pictures have 1 or 3", c.out_channels);
}

LatentDecoderPtr make_latent_decoder(std::shared_ptr<const Autoencoder> autoencoder,
                                     const std::vector<std::int64_t>& latent, const std::string& name,
                                     std::uint64_t hash, const std::string& place) {
  const VaeConfig& c = autoencoder->config();
  check_latents(c, latent, place);
  DecoderInfo info;
  info.name = name;
  info.latent = latent;
  info.shape = decoded_shape(c, latent);
  info.hash = hash;
  info.flops_per_row = autoencoder->decoding_flops(static_cast<int>(latent[1]), static_cast<int>(latent[2]));
  return std::make_shared<KlDecoder>(std::move(autoencoder), std::move(info));
}

}  // namespace ulam::diffusers
