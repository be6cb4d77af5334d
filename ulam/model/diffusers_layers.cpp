#include "ulam/model/diffusers_layers.h"

#include <cmath>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "ulam/base/error.h"

namespace ulam::diffusers {

using layers::mix_rows;

at::Tensor activate(at::Tensor x, Activation activation) {
  const bool graph = at::GradMode::is_enabled() && x.requires_grad();
  switch (activation) {
    case Activation::silu:
      return graph ? at::silu(x) : at::silu_(x);
    case Activation::mish:
      return at::mish(x);
    case Activation::gelu:
      return at::gelu(x);
    case Activation::relu:
      return graph ? at::relu(x) : at::relu_(x);
  }
  return x;
}

Linear::Linear(Parameters& p, const std::string& name, int inputs, int outputs, bool biased)
    : weight(p.declare(name + ".weight", {outputs, inputs}, 1 / std::sqrt(inputs))) {
  if (biased) bias = p.declare(name + ".bias", {outputs}, 0);
}

at::Tensor Linear::operator()(const at::Tensor& x) const { return at::linear(x, weight, bias); }

Conv::Conv(Parameters& p, const std::string& name, int inputs, int outputs, int kernel, int stride_,
           int padding_, bool biased)
    : weight(p.declare(name + ".weight", {outputs, inputs, kernel, kernel},
                       1 / std::sqrt(inputs * kernel * kernel))),
      stride(stride_),
      padding(padding_ < 0 ? kernel / 2 : padding_) {
  if (biased) bias = p.declare(name + ".bias", {outputs}, 0);
}

at::Tensor Conv::operator()(const at::Tensor& x) const {
  return at::conv2d(x, weight, bias, stride, padding);
}

double Conv::flops(int height, int width) const {
  return 2.0 * static_cast<double>(weight.numel()) * height * width;
}

GroupNorm::GroupNorm(Parameters& p, const std::string& name, int channels, int groups_, double eps_)
    : weight(p.declare(name + ".weight", {channels}, 0, 1)),
      bias(p.declare(name + ".bias", {channels}, 0)),
      groups(groups_),
      eps(eps_) {
  if (groups < 1 || channels % groups != 0)
    fail(ErrorKind::option, "network: " + name, "{} channels cannot be cut into {} groups", channels, groups);
}

at::Tensor GroupNorm::operator()(const at::Tensor& x) const {
  return at::group_norm(x, groups, weight, bias, eps);
}

AdaNorm::AdaNorm(Parameters& p, const std::string& name, int embedding, int channels, int groups_,
                 double eps_)
    : linear(p, name + ".linear", embedding, 2 * channels), groups(groups_), eps(eps_) {}

at::Tensor AdaNorm::operator()(const at::Tensor& x, const at::Tensor& embedding) const {
  const auto parts = linear(embedding).unsqueeze(-1).unsqueeze(-1).chunk(2, 1);
  return at::addcmul(parts[1], at::group_norm(x, groups, {}, {}, eps), parts[0] + 1);
}

namespace {

// at::conv2d takes padding as numbers or as words; braces alone do not say which.
at::Tensor filtered(const at::Tensor& x, const at::Tensor& weight, std::int64_t padding) {
  return at::conv2d(x, weight, {}, at::IntArrayRef{2, 2}, at::IntArrayRef{padding, padding},
                    at::IntArrayRef{1, 1}, x.size(1));
}

// The filter for every channel, [channels, 1, 4, 4], with the given sum.
at::Tensor filter(const at::Tensor& x, double sum) {
  const at::Tensor line = at::tensor({1.0, 3.0, 3.0, 1.0}, at::kDouble);
  const at::Tensor square = (line.view({4, 1}) * line.view({1, 4})) * (sum / 64);
  return square.to(x.options()).expand({x.size(1), 1, 4, 4});
}

at::Tensor mirrored(const at::Tensor& x) { return at::reflection_pad2d(x, {1, 1, 1, 1}); }

}  // namespace

at::Tensor fir_down(const at::Tensor& x) { return filtered(x, filter(x, 1), 1); }

at::Tensor fir_up(const at::Tensor& x) {
  return at::conv_transpose2d(x, filter(x, 4), {}, 2, 1, 0, x.size(1));
}

at::Tensor k_down(const at::Tensor& x) { return filtered(mirrored(x), filter(x, 1), 0); }

at::Tensor k_up(const at::Tensor& x) {
  return at::conv_transpose2d(mirrored(x), filter(x, 4), {}, 2, 3, 0, x.size(1));
}

namespace {

at::Tensor resampled(const at::Tensor& x, Sampling sampling) {
  switch (sampling) {
    case Sampling::none:
      return x;
    case Sampling::down:
      return at::avg_pool2d(x, {2, 2});
    case Sampling::up:
      return at::upsample_nearest2d(x, {x.size(2) * 2, x.size(3) * 2});
    case Sampling::fir_down:
      return fir_down(x);
    case Sampling::fir_up:
      return fir_up(x);
  }
  return x;
}

}  // namespace

Resnet::Resnet(Parameters& p, std::string name_, const ResnetSpec& s)
    : name(std::move(name_)), spec(s), widens(s.inputs != s.outputs || s.shortcut) {
  const int groups_out = s.groups_out == 0 ? s.groups : s.groups_out;
  if (s.ada) {
    ada1 = AdaNorm(p, name + ".norm1", s.embedding, s.inputs, s.groups, s.eps);
    ada2 = AdaNorm(p, name + ".norm2", s.embedding, s.outputs, groups_out, s.eps);
  } else {
    norm1 = GroupNorm(p, name + ".norm1", s.inputs, s.groups, s.eps);
    norm2 = GroupNorm(p, name + ".norm2", s.outputs, groups_out, s.eps);
    if (s.embedding > 0)
      time = Linear(p, name + ".time_emb_proj", s.embedding,
                    s.shift == TimeShift::scale_shift ? 2 * s.outputs : s.outputs);
  }
  conv1 = Conv(p, name + ".conv1", s.inputs, s.outputs, 3);
  conv2 = Conv(p, name + ".conv2", s.outputs, s.outputs, 3);
  if (widens) shortcut = Conv(p, name + ".conv_shortcut", s.inputs, s.outputs, 1, 1, 0, !s.ada);
}

at::Tensor Resnet::operator()(const at::Tensor& x, const at::Tensor& embedding, const Run& run) const {
  at::Tensor h = activate(spec.ada ? ada1(x, embedding) : norm1(x), spec.activation);
  at::Tensor base = resampled(x, spec.sampling);
  if (widens) base = shortcut(base);
  h = conv1(resampled(h, spec.sampling));
  if (spec.ada) {
    h = ada2(h, embedding);
  } else {
    at::Tensor t;
    if (spec.embedding > 0)
      t = time(activate(embedding.clone(), spec.activation)).unsqueeze(-1).unsqueeze(-1);
    if (t.defined() && spec.shift == TimeShift::add) h = h + t;
    h = norm2(h);
    if (t.defined() && spec.shift == TimeShift::scale_shift) {
      const auto parts = t.chunk(2, 1);
      h = at::addcmul(parts[1], h, parts[0] + 1);
    }
  }
  at::Tensor y = conv2(activate(h, spec.activation));
  y = at::GradMode::is_enabled() ? y + base : y.add_(base);
  if (spec.scale != 1) y = y / spec.scale;
  if (const Perturbation* skip = run.perturbation(name, Perturbation::Kind::skip))
    y = mix_rows(*skip, y, base);
  run.tap(name, y);
  return y;
}

double Resnet::flops(int height, int width) const {
  const bool up = spec.sampling == Sampling::up || spec.sampling == Sampling::fir_up;
  const bool down = spec.sampling == Sampling::down || spec.sampling == Sampling::fir_down;
  const int h = up ? 2 * height : down ? height / 2 : height, w = up ? 2 * width : down ? width / 2 : width;
  return conv1.flops(h, w) + conv2.flops(h, w) + (widens ? shortcut.flops(h, w) : 0) +
         (time.weight.defined() ? 2.0 * static_cast<double>(time.weight.numel()) : 0);
}

Downsample::Downsample(Parameters& p, const std::string& name, int channels, int padding)
    : conv(p, name + ".conv", channels, channels, 3, 2, padding) {}

at::Tensor Downsample::operator()(const at::Tensor& x) const {
  return conv(conv.padding == 0 ? at::constant_pad_nd(x, {0, 1, 0, 1}) : x);
}

Upsample::Upsample(Parameters& p, const std::string& name, int channels)
    : conv(p, name + ".conv", channels, channels, 3) {}

at::Tensor Upsample::operator()(const at::Tensor& x) const {
  return conv(at::upsample_nearest2d(x, {x.size(2) * 2, x.size(3) * 2}));
}

at::Tensor timestep_features(const at::Tensor& time, int size, bool flip_sin_to_cos, double freq_shift) {
  const int half = size / 2;
  // In float, operation by operation: angles reach 1000 rad, so rounding here can be seen in the result.
  at::Tensor exponent =
      at::arange(half, at::TensorOptions(at::kFloat)) * static_cast<float>(-std::log(10000.0));
  exponent = exponent / static_cast<float>(half - freq_shift);
  const at::Tensor angle =
      time.to(at::kFloat).view({-1, 1}) * at::exp(exponent).view({1, -1}).to(time.device());
  at::Tensor out =
      flip_sin_to_cos ? at::cat({angle.cos(), angle.sin()}, 1) : at::cat({angle.sin(), angle.cos()}, 1);
  return size % 2 == 1 ? at::constant_pad_nd(out, {0, 1}) : out;
}

}  // namespace ulam::diffusers
