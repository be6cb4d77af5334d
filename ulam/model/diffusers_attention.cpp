#include "ulam/model/diffusers_attention.h"

#include <cmath>

#include <ATen/ATen.h>

namespace ulam::diffusers {

using layers::blur;
using layers::mix_rows;

TokenAttention::TokenAttention(Parameters& p, std::string name_, int channels, int heads_, int head,
                               bool biased)
    : name(std::move(name_)),
      q(p, name + ".to_q", channels, heads_ * head, biased),
      k(p, name + ".to_k", channels, heads_ * head, biased),
      v(p, name + ".to_v", channels, heads_ * head, biased),
      out(p, name + ".to_out.0", heads_ * head, channels),
      heads(heads_) {}

at::Tensor TokenAttention::operator()(const at::Tensor& tokens, std::int64_t height, std::int64_t width,
                                      const Run& run) const {
  const std::int64_t rows = tokens.size(0), positions = height * width;
  const std::int64_t inner = q.weight.size(0), head = inner / heads;
  // [rows * heads, positions, head]
  const auto by_head = [&](const at::Tensor& m) {
    return m.view({rows, positions, heads, head}).transpose(1, 2).reshape({rows * heads, positions, head});
  };
  const at::Tensor queries = q(tokens), keys = by_head(k(tokens)).transpose(1, 2),
                   values = by_head(v(tokens));
  const auto map = [&](const at::Tensor& m) {
    return at::softmax(at::bmm(by_head(m) * (1 / std::sqrt(static_cast<double>(head))), keys), -1);
  };
  const auto finish = [&](const at::Tensor& m) {
    return out(m.view({rows, heads, positions, head}).transpose(1, 2).reshape({rows, positions, inner}));
  };
  const at::Tensor plain = map(queries);
  run.tap(name + ".map", plain.view({rows, heads, positions, positions}));
  at::Tensor y = finish(at::bmm(plain, values));
  if (const Perturbation* p = run.perturbation(name, Perturbation::Kind::identity_attention))
    y = mix_rows(*p, y, finish(values));
  if (const Perturbation* p = run.perturbation(name, Perturbation::Kind::blurred_attention)) {
    const at::Tensor flat = queries.view({rows, height, width, inner}).permute({0, 3, 1, 2});
    const at::Tensor blurred =
        blur(flat, p->strength).permute({0, 2, 3, 1}).reshape({rows, positions, inner});
    y = mix_rows(*p, y, finish(at::bmm(map(blurred), values)));
  }
  return y;
}

double TokenAttention::flops(double positions) const {
  return 8 * static_cast<double>(q.weight.numel()) * positions +
         4.0 * positions * positions * static_cast<double>(q.weight.size(0));
}

namespace {

/// Declared before the attention's own tensors, as diffusers lists them.
std::optional<GroupNorm> attention_norm(Parameters& p, const std::string& name, int channels,
                                        std::optional<int> groups, double eps) {
  if (!groups) return std::nullopt;
  return GroupNorm(p, name + ".group_norm", channels, *groups, eps);
}

}  // namespace

SelfAttention::SelfAttention(Parameters& p, const std::string& name, int channels, int head,
                             std::optional<int> groups, double eps, double scale_)
    : norm(attention_norm(p, name, channels, groups, eps)),
      attention(p, name, channels, channels / head, head),
      scale(scale_) {}

at::Tensor SelfAttention::operator()(const at::Tensor& x, const Run& run) const {
  const std::int64_t rows = x.size(0), channels = x.size(1), height = x.size(2), width = x.size(3);
  const at::Tensor tokens =
      (norm ? (*norm)(x) : x).permute({0, 2, 3, 1}).reshape({rows, height * width, channels});
  // Channels last, as x is.
  at::Tensor y =
      attention(tokens, height, width, run).view({rows, height, width, channels}).permute({0, 3, 1, 2}) + x;
  if (scale != 1) y = y / scale;
  if (const Perturbation* p = run.perturbation(attention.name, Perturbation::Kind::skip))
    y = mix_rows(*p, y, x);
  run.tap(attention.name, y);
  return y;
}

double SelfAttention::flops(int height, int width) const {
  return attention.flops(static_cast<double>(height) * width);
}

}  // namespace ulam::diffusers
