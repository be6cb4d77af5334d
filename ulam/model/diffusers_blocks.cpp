#include "ulam/model/diffusers_blocks.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace ulam::diffusers {
namespace {

bool with_skip(Block b) { return b == Block::skip || b == Block::attention_skip; }
bool with_attention(Block b) { return b == Block::attention || b == Block::attention_skip; }

/// Groups of the skip blocks' norms.
int quarter(int channels) { return std::max(1, std::min(channels / 4, 32)); }

}  // namespace

Resnet Building::resnet(const std::string& name, const ResnetSpec& s) {
  Resnet r(parameters, name, s);
  flops += r.flops(height, width);
  taps.push_back(name);
  perturbations.push_back(name + ":skip");
  return r;
}

SelfAttention Building::attention(const std::string& name, int channels, std::optional<int> groups,
                                  double scale) {
  SelfAttention a(parameters, name, channels, config.head_dim.value_or(channels), groups, config.eps, scale);
  flops += a.flops(height, width);
  taps.push_back(name);
  taps.push_back(name + ".map");
  for (const char* kind : {":identity_attention", ":blurred_attention", ":skip"})
    perturbations.push_back(name + kind);
  return a;
}

ResnetSpec Building::spec(int inputs, int outputs) const {
  ResnetSpec s;
  s.inputs = inputs;
  s.outputs = outputs;
  s.embedding = config.time_dim;
  s.groups = config.groups_of(outputs);
  s.eps = config.eps;
  s.activation = config.activation;
  s.shift = config.shift;
  return s;
}

DownLevel::DownLevel(Building& b, int level) : kind(b.config.down[static_cast<std::size_t>(level)]) {
  const auto l = static_cast<std::size_t>(level);
  const Unet2dConfig& c = b.config;
  const std::string name = fmt::format("down_blocks.{}", level);
  const int outputs = c.channels[l];
  const bool last = l + 1 == c.channels.size();
  for (int i = 0; i < c.layers; ++i) {
    ResnetSpec s = b.spec(i > 0 ? outputs : c.channels[l == 0 ? 0 : l - 1], outputs);
    if (with_skip(kind)) {
      s.groups = quarter(s.inputs);
      s.groups_out = quarter(outputs);
      s.scale = std::numbers::sqrt2;
    }
    if (kind == Block::k) {
      s.groups = s.inputs / 32;
      s.groups_out = outputs / 32;
      s.ada = true;
    }
    resnets.push_back(b.resnet(fmt::format("{}.resnets.{}", name, i), s));
    if (with_attention(kind))
      attentions.push_back(b.attention(fmt::format("{}.attentions.{}", name, i), outputs,
                                       with_skip(kind) ? 32 : c.groups,
                                       with_skip(kind) ? std::numbers::sqrt2 : 1));
  }
  if (last) return;
  const Resample by = kind == Block::resnet      ? Resample::resnet
                      : kind == Block::attention ? c.downsample
                                                 : Resample::conv;
  if (kind == Block::k) {
    k_down = true;
  } else if (with_skip(kind)) {
    ResnetSpec s = b.spec(outputs, outputs);
    s.groups = quarter(outputs);
    s.scale = std::numbers::sqrt2;
    s.shortcut = true;
    s.sampling = Sampling::fir_down;
    resnet_down = b.resnet(name + ".resnet_down", s);
    skip_conv = Conv(b.parameters, name + ".skip_conv", 3, outputs, 1);
  } else if (by == Resample::resnet) {
    ResnetSpec s = b.spec(outputs, outputs);
    s.sampling = Sampling::down;
    resnet_down = b.resnet(name + ".downsamplers.0", s);
  } else if (by == Resample::conv) {
    down.emplace(b.parameters, name + ".downsamplers.0", outputs, c.downsample_padding);
    b.flops += down->conv.flops(b.height / 2, b.width / 2);
  } else {
    return;
  }
  b.height /= 2, b.width /= 2;
}

void DownLevel::operator()(Stream& s, const at::Tensor& embedding, std::vector<at::Tensor>& kept,
                           const Run& run) const {
  for (std::size_t i = 0; i < resnets.size(); ++i) {
    s.x = resnets[i](s.x, embedding, run);
    if (!attentions.empty()) s.x = attentions[i](s.x, run);
    kept.push_back(s.x);
  }
  if (k_down) {
    s.x = diffusers::k_down(s.x);
    return;
  }
  if (!down && !resnet_down) return;
  s.x = down ? (*down)(s.x) : (*resnet_down)(s.x, embedding, run);
  if (skip_conv) {
    s.skip = fir_down(s.skip);
    s.x = (*skip_conv)(s.skip) + s.x;
  }
  kept.push_back(s.x);
}

UpLevel::UpLevel(Building& b, int level) : kind(b.config.up[static_cast<std::size_t>(level)]) {
  const Unet2dConfig& c = b.config;
  const std::vector<int> channels(c.channels.rbegin(), c.channels.rend());
  const auto l = static_cast<std::size_t>(level);
  const std::string name = fmt::format("up_blocks.{}", level);
  const bool last = l + 1 == channels.size();
  const int outputs = channels[l], before = channels[l == 0 ? 0 : l - 1],
            next = channels[std::min(l + 1, channels.size() - 1)];
  const int layers = kind == Block::k ? c.layers : c.layers + 1;
  for (int i = 0; i < layers; ++i) {
    const int inputs = i == 0 ? before : outputs, skip = i + 1 == layers ? next : outputs;
    ResnetSpec s = b.spec(inputs + skip, outputs);
    if (with_skip(kind)) {
      // diffusers' AttnSkipUpBlock2D divides the skip's channels alone.
      s.groups = kind == Block::attention_skip ? std::min(inputs + skip / 4, 32) : quarter(inputs + skip);
      s.groups_out = quarter(outputs);
      s.scale = std::numbers::sqrt2;
    }
    if (kind == Block::k) {
      s = b.spec(i == 0 ? 2 * outputs : outputs, i + 1 == layers ? next : outputs);
      s.groups = s.inputs / 32;
      s.groups_out = outputs / 32;
      s.ada = true;
    }
    resnets.push_back(b.resnet(fmt::format("{}.resnets.{}", name, i), s));
    if (kind == Block::attention)
      attentions.push_back(b.attention(fmt::format("{}.attentions.{}", name, i), outputs, c.groups, 1));
  }
  if (kind == Block::attention_skip)
    attentions.push_back(b.attention(name + ".attentions.0", outputs, 32, std::numbers::sqrt2));
  if (last) return;
  const Resample by = kind == Block::resnet      ? Resample::resnet
                      : kind == Block::attention ? c.upsample
                                                 : Resample::conv;
  if (kind == Block::k) {
    k_up = true;
  } else if (with_skip(kind)) {
    ResnetSpec s = b.spec(outputs, outputs);
    s.groups = quarter(outputs);
    s.scale = std::numbers::sqrt2;
    s.shortcut = true;
    s.sampling = Sampling::fir_up;
    resnet_up = b.resnet(name + ".resnet_up", s);
    skip_conv = Conv(b.parameters, name + ".skip_conv", outputs, 3, 3);
    skip_norm = GroupNorm(b.parameters, name + ".skip_norm", outputs, quarter(outputs), c.eps);
  } else if (by == Resample::resnet) {
    ResnetSpec s = b.spec(outputs, outputs);
    s.sampling = Sampling::up;
    resnet_up = b.resnet(name + ".upsamplers.0", s);
  } else if (by == Resample::conv) {
    up.emplace(b.parameters, name + ".upsamplers.0", outputs);
    b.flops += up->conv.flops(b.height * 2, b.width * 2);
  } else {
    return;
  }
  b.height *= 2, b.width *= 2;
}

void UpLevel::operator()(Stream& s, const at::Tensor& embedding, std::vector<at::Tensor>& kept,
                         const Run& run) const {
  if (kind == Block::k) {
    // Of what the way down kept at this level only the newest is used.
    s.x = at::cat({s.x, kept.back()}, 1);
    kept.resize(kept.size() - resnets.size());
    for (const Resnet& r : resnets) s.x = r(s.x, embedding, run);
    if (k_up) s.x = diffusers::k_up(s.x);
    return;
  }
  for (std::size_t i = 0; i < resnets.size(); ++i) {
    s.x = resnets[i](at::cat({s.x, kept.back()}, 1), embedding, run);
    kept.pop_back();
    if (kind == Block::attention) s.x = attentions[i](s.x, run);
  }
  if (kind == Block::attention_skip) s.x = attentions[0](s.x, run);
  if (with_skip(kind)) {
    if (s.skip.defined()) s.skip = fir_up(s.skip);
    if (skip_conv) {
      const at::Tensor own = (*skip_conv)(activate((*skip_norm)(s.x), Activation::silu));
      s.skip = s.skip.defined() ? s.skip + own : own;
    }
  }
  if (resnet_up)
    s.x = (*resnet_up)(s.x, embedding, run);
  else if (up)
    s.x = (*up)(s.x);
}

MiddleLevel::MiddleLevel(Building& b) {
  const int channels = b.config.channels.back();
  ResnetSpec s = b.spec(channels, channels);
  s.scale = b.config.middle_scale;
  resnets.push_back(b.resnet("mid_block.resnets.0", s));
  if (b.config.middle_attention)
    attention = b.attention("mid_block.attentions.0", channels, b.config.middle_groups, s.scale);
  resnets.push_back(b.resnet("mid_block.resnets.1", s));
}

at::Tensor MiddleLevel::operator()(const at::Tensor& x, const at::Tensor& embedding, const Run& run) const {
  at::Tensor h = resnets[0](x, embedding, run);
  if (attention) h = (*attention)(h, run);
  return resnets[1](h, embedding, run);
}

}  // namespace ulam::diffusers
