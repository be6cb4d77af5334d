#include "ulam/model/layers.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "ulam/base/error.h"

namespace ulam::layers {

void Run::tap(const std::string& name, const at::Tensor& value) const {
  if (call.wanted_taps.empty()) return;
  if (std::find(call.wanted_taps.begin(), call.wanted_taps.end(), name) != call.wanted_taps.end()) call.taps[name] = value;
}

const Perturbation* Run::perturbation(const std::string& module, Perturbation::Kind kind) const {
  for (const Perturbation& p : call.perturbations)
    if (p.kind == kind && p.module == module) return &p;
  return nullptr;
}

at::Tensor mix_rows(const Perturbation& p, const at::Tensor& plain, const at::Tensor& perturbed) {
  if (!p.rows.defined()) return perturbed;
  std::vector<std::int64_t> shape(static_cast<std::size_t>(plain.dim()), 1);
  shape[0] = plain.size(0);
  if (p.rows.dim() != 1 || p.rows.size(0) != plain.size(0))
    fail(ErrorKind::shape, "perturbation of " + p.module, "row mask has {} entries, the call has {} rows", p.rows.numel(), plain.size(0));
  return at::where(p.rows.to(plain.device(), at::kBool).view(shape), perturbed, plain);
}

at::Tensor blur(const at::Tensor& map, double deviation) {
  if (!std::isfinite(deviation)) return map.mean({2, 3}, true).expand_as(map);
  if (deviation <= 0) return map;
  const auto along = [&](const at::Tensor& m, std::int64_t dim) {
    const std::int64_t n = m.size(dim);
    const at::Tensor i = at::arange(n, at::TensorOptions(at::kDouble));
    at::Tensor w = at::exp(-0.5 * at::pow((i.view({-1, 1}) - i.view({1, -1})) / deviation, 2));
    w = (w / w.sum(1, true)).to(m.options());
    return at::tensordot(m, w, {dim}, {1}).movedim(-1, dim);
  };
  return along(along(map, 2), 3);
}

Linear::Linear(Parameters& p, const std::string& name, int inputs, int outputs, double gain)
    : weight(p.declare(name + ".weight", {outputs, inputs}, gain / std::sqrt(inputs))), bias(p.declare(name + ".bias", {outputs}, 0)) {}

at::Tensor Linear::operator()(const at::Tensor& x) const { return at::linear(x, weight, bias); }

Conv::Conv(Parameters& p, const std::string& name, int inputs, int outputs, int kernel, double gain)
    : weight(p.declare(name + ".weight", {outputs, inputs, kernel, kernel}, gain / std::sqrt(inputs * kernel * kernel))),
      bias(p.declare(name + ".bias", {outputs}, 0)),
      padding(kernel / 2) {}

at::Tensor Conv::operator()(const at::Tensor& x, const Run& run) const {
  if (run.compute == at::kFloat || x.scalar_type() != at::kFloat) return at::conv2d(x, weight, bias, 1, padding);
  return at::conv2d(x.to(run.compute), weight.to(run.compute), bias.to(run.compute), 1, padding).to(at::kFloat);
}

double Conv::flops(int height, int width) const { return 2.0 * static_cast<double>(weight.numel()) * height * width; }

GroupNorm::GroupNorm(Parameters& p, const std::string& name, int channels, int groups_)
    : weight(p.declare(name + ".weight", {channels}, 0, 1)), bias(p.declare(name + ".bias", {channels}, 0)), groups(groups_) {
  if (channels % groups != 0)
    fail(ErrorKind::option, "network: " + name, "{} channels cannot be cut into {} groups", channels, groups);
}

at::Tensor GroupNorm::operator()(const at::Tensor& x) const { return at::group_norm(x, groups, weight, bias, 1e-5); }

at::Tensor swish(at::Tensor x) {
  if (at::GradMode::is_enabled() && x.requires_grad()) return at::silu(x);
  return at::silu_(x);
}

at::Tensor fourier_features(const at::Tensor& c, int size) {
  const int half = size / 2;
  const at::Tensor exponent = at::arange(half, at::TensorOptions(at::kDouble)) / std::max(half - 1, 1);
  const at::Tensor frequency = (at::pow(128.0, exponent) * 0.5).to(c.options());
  const at::Tensor angle = c.view({-1, 1}) * frequency.view({1, -1});
  return at::cat({angle.cos(), angle.sin()}, 1);
}

ResBlock::ResBlock(Parameters& p, std::string name_, int inputs, int outputs, int embedding, int groups)
    : name(std::move(name_)),
      norm1(p, name + ".norm1", inputs, groups),
      norm2(p, name + ".norm2", outputs, groups),
      conv1(p, name + ".conv1", inputs, outputs, 3),
      conv2(p, name + ".conv2", outputs, outputs, 3, 0),
      widens(inputs != outputs),
      modulated(embedding > 0) {
  if (widens) shortcut = Conv(p, name + ".shortcut", inputs, outputs, 1);
  if (modulated) modulation = Linear(p, name + ".modulation", embedding, 2 * outputs, 0.5);
}

at::Tensor ResBlock::operator()(const at::Tensor& x, const at::Tensor& embedding, const Run& run) const {
  const at::Tensor base = widens ? shortcut(x, run) : x;
  const Perturbation* skip = run.perturbation(name, Perturbation::Kind::skip);
  if (skip != nullptr && !skip->rows.defined()) {  // nothing is worked out
    run.tap(name, base);
    return base;
  }
  at::Tensor h = norm2(conv1(swish(norm1(x)), run));
  if (modulated) {
    const at::Tensor m = modulation(embedding).unsqueeze(-1).unsqueeze(-1);
    const auto parts = m.chunk(2, 1);
    h = at::addcmul(parts[1], h, parts[0] + 1);
  }
  at::Tensor y = conv2(swish(h), run);
  y = at::GradMode::is_enabled() ? y + base : y.add_(base);
  if (skip != nullptr) y = mix_rows(*skip, y, base);
  run.tap(name, y);
  return y;
}

double ResBlock::flops(int height, int width) const {
  return conv1.flops(height, width) + conv2.flops(height, width) + (widens ? shortcut.flops(height, width) : 0) +
         (modulated ? 2.0 * static_cast<double>(modulation.weight.numel()) : 0);
}

Attention::Attention(Parameters& p, std::string name_, int channels, int heads_, int groups)
    : name(std::move(name_)),
      norm(p, name + ".norm", channels, groups),
      qkv(p, name + ".qkv", channels, 3 * channels, 1),
      out(p, name + ".out", channels, channels, 1, 0),
      heads(heads_) {
  if (channels % heads != 0) fail(ErrorKind::option, "network: " + name, "{} channels cannot be cut into {} heads", channels, heads);
}

namespace {

// Batched matrix product in the arithmetic of the run, float outside.
at::Tensor product(const at::Tensor& a, const at::Tensor& b, const Run& run) {
  if (run.compute == at::kFloat) return at::bmm(a, b);
  return at::bmm(a.to(run.compute), b.to(run.compute)).to(at::kFloat);
}

}  // namespace

at::Tensor Attention::operator()(const at::Tensor& x, const Run& run) const {
  const Perturbation* skip = run.perturbation(name, Perturbation::Kind::skip);
  if (skip != nullptr && !skip->rows.defined()) {
    run.tap(name, x);
    return x;
  }
  const std::int64_t rows = x.size(0), channels = x.size(1), height = x.size(2), width = x.size(3);
  const at::Tensor projected = qkv(norm(x), run);
  const auto parts = projected.chunk(3, 1);
  // [rows * heads, positions, channels / heads]
  const auto by_head = [&](const at::Tensor& m) {
    return m.reshape({rows, heads, channels / heads, height * width}).transpose(2, 3).reshape({rows * heads, height * width, -1});
  };
  const at::Tensor k = by_head(parts[1]), v = by_head(parts[2]);
  const double scale = 1 / std::sqrt(static_cast<double>(channels) / heads);
  const auto map = [&](const at::Tensor& queries) {
    return at::softmax(product(by_head(queries) * scale, k.transpose(1, 2), run), -1);
  };
  const auto finish = [&](const at::Tensor& values) {
    const at::Tensor mixed = values.reshape({rows, heads, height * width, channels / heads}).transpose(2, 3);
    return x + out(mixed.reshape({rows, channels, height, width}).contiguous(x.suggest_memory_format()), run);
  };
  const at::Tensor plain = map(parts[0]);
  run.tap(name + ".map", plain.view({rows, heads, height * width, height * width}));
  at::Tensor y = finish(product(plain, v, run));
  if (const Perturbation* p = run.perturbation(name, Perturbation::Kind::identity_attention)) y = mix_rows(*p, y, finish(v));
  if (const Perturbation* p = run.perturbation(name, Perturbation::Kind::blurred_attention))
    y = mix_rows(*p, y, finish(product(map(blur(parts[0], p->strength)), v, run)));
  if (skip != nullptr) y = mix_rows(*skip, y, x);
  run.tap(name, y);
  return y;
}

double Attention::flops(int height, int width) const {
  const double positions = static_cast<double>(height) * width;
  return qkv.flops(height, width) + out.flops(height, width) + 4.0 * positions * positions * static_cast<double>(out.weight.size(0));
}

}  // namespace ulam::layers
