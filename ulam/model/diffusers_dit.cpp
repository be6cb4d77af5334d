#include "ulam/model/diffusers_dit.h"

#include <cmath>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "ulam/model/diffusers_attention.h"

namespace ulam::diffusers {
namespace {

using Act = DitConfig::Act;

constexpr int dit_time_features = 256;
constexpr double dit_outer_eps = 1e-6;

bool dit_gated(Act act) { return act == Act::geglu || act == Act::swiglu; }

at::Tensor dit_activate(const at::Tensor& x, Act act) {
  switch (act) {
    case Act::gelu:
      return at::gelu(x);
    case Act::gelu_tanh:
      return at::gelu(x, "tanh");
    case Act::gelu_sigmoid:
      return x * at::sigmoid(1.702 * x);
    case Act::silu:
      return at::silu(x);
    case Act::geglu:
    case Act::swiglu: {
      const auto parts = x.chunk(2, -1);
      return parts[0] * (act == Act::geglu ? at::gelu(parts[1]) : at::silu(parts[1]));
    }
  }
  return x;
}

/// y (1 + scale) + shift, of [rows, tokens, width] by [rows, width].
at::Tensor modulated(const at::Tensor& y, const at::Tensor& shift, const at::Tensor& scale) {
  return at::addcmul(shift.unsqueeze(1), y, scale.unsqueeze(1) + 1);
}

/// What time and class say to a block.
struct DitEmbedding {
  Linear time1, time2;
  at::Tensor table;
  DitEmbedding(Parameters& p, const std::string& name, int width, int classes)
      : time1(p, name + ".timestep_embedder.linear_1", dit_time_features, width),
        time2(p, name + ".timestep_embedder.linear_2", width, width),
        table(p.declare(name + ".class_embedder.embedding_table.weight", {classes + 1, width}, 1)) {}
  at::Tensor operator()(const at::Tensor& features, const at::Tensor& labels) const {
    return time2(at::silu(time1(features))) + at::embedding(table, labels);
  }
};

struct DitBlock {
  std::string name;
  DitEmbedding embedding;
  Linear modulation;
  TokenAttention attention;
  at::Tensor norm_weight, norm_bias;  // undefined: none
  Linear hidden, out;
  Act act;
  double eps;

  DitBlock(Parameters& p, const std::string& name_, const DitConfig& c)
      : name(name_),
        embedding(p, name + ".norm1.emb", c.width(), c.classes),
        modulation(p, name + ".norm1.linear", c.width(), 6 * c.width()),
        attention(p, name + ".attn1", c.width(), c.heads, c.head_dim, c.attention_bias),
        act(c.act),
        eps(c.eps) {
    if (c.affine) {
      norm_weight = p.declare(name + ".norm3.weight", {c.width()}, 0, 1);
      norm_bias = p.declare(name + ".norm3.bias", {c.width()}, 0);
    }
    hidden = Linear(p, name + ".ff.net.0.proj", c.width(), (dit_gated(c.act) ? 8 : 4) * c.width());
    out = Linear(p, name + ".ff.net.2", 4 * c.width(), c.width());
  }

  at::Tensor operator()(const at::Tensor& x, const at::Tensor& features, const at::Tensor& labels, int grid,
                        const Run& run) const {
    const std::int64_t width = x.size(2);
    const auto picture = [&](const at::Tensor& m) {
      return m.transpose(1, 2).view({x.size(0), width, grid, grid});
    };
    // Shift, scale and gate of the attention, then of the hidden layer.
    const auto m = modulation(at::silu(embedding(features, labels))).chunk(6, 1);
    at::Tensor a =
        attention(modulated(at::layer_norm(x, {width}, {}, {}, dit_outer_eps), m[0], m[1]), grid, grid, run);
    if (const Perturbation* skip = run.perturbation(attention.name, Perturbation::Kind::skip))
      a = layers::mix_rows(*skip, a, at::zeros_like(a));
    run.tap(attention.name, picture(a));
    at::Tensor y = x + m[2].unsqueeze(1) * a;
    const at::Tensor normed = modulated(at::layer_norm(y, {width}, norm_weight, norm_bias, eps), m[3], m[4]);
    y = y + m[5].unsqueeze(1) * out(dit_activate(hidden(normed), act));
    if (const Perturbation* skip = run.perturbation(name, Perturbation::Kind::skip))
      y = layers::mix_rows(*skip, y, x);
    run.tap(name, picture(y));
    return y;
  }

  double flops(double tokens) const {
    return 2.0 * tokens * static_cast<double>(hidden.weight.numel() + out.weight.numel()) +
           attention.flops(tokens) +
           2.0 * static_cast<double>(modulation.weight.numel() + embedding.time1.weight.numel() +
                                     embedding.time2.weight.numel());
  }
};

class Dit final : public Network {
 public:
  Dit(const nlohmann::json& json, const DitConfig& config, ParameterSource* source)
      : Network(json), c_(config) {
    parameters_.declare_from(source);
    shape_ = {c_.in_channels, c_.size, c_.size};
    classes_ = c_.classes;
    null_class_ = true;
    const int width = c_.width();
    const double tokens = static_cast<double>(c_.grid()) * c_.grid();
    patches_ = Conv(parameters_, "pos_embed.proj", c_.in_channels, width, c_.patch, c_.patch, 0);
    positions_ = grid_positions(c_.grid(), width);
    for (int i = 0; i < c_.layers; ++i) {
      const DitBlock& b = blocks_.emplace_back(parameters_, fmt::format("transformer_blocks.{}", i), c_);
      flops_ += b.flops(tokens);
      for (const std::string& tap : {b.name, b.attention.name, b.attention.name + ".map"})
        taps_.push_back(tap);
      perturbations_.push_back(b.name + ":skip");
      for (const char* kind : {":identity_attention", ":blurred_attention", ":skip"})
        perturbations_.push_back(b.attention.name + kind);
    }
    out1_ = Linear(parameters_, "proj_out_1", width, 2 * width);
    out2_ = Linear(parameters_, "proj_out_2", width, c_.patch * c_.patch * c_.out_channels);
    flops_ += patches_.flops(c_.grid(), c_.grid()) + 2 * tokens * static_cast<double>(out2_.weight.numel()) +
              2 * static_cast<double>(out1_.weight.numel());
    parameters_.declare_from(nullptr);
  }

  at::Tensor forward(const at::Tensor& x, const at::Tensor& timestep, const Conditions& conditions,
                     Call& call) const override {
    const Run run{call, at::kFloat};
    const std::int64_t rows = x.size(0), grid = c_.grid(), patch = c_.patch;
    const at::Tensor labels = label_rows(conditions, rows, c_.classes, true, x.device());
    const at::Tensor features = timestep_features(timestep, dit_time_features, true, 1);
    at::Tensor h = patches_(x).flatten(2).transpose(1, 2) + positions_;
    for (const DitBlock& block : blocks_) h = block(h, features, labels, c_.grid(), run);
    const auto m = out1_(at::silu(blocks_.front().embedding(features, labels))).chunk(2, 1);
    h = out2_(modulated(at::layer_norm(h, {c_.width()}, {}, {}, dit_outer_eps), m[0], m[1]));
    return h.view({rows, grid, grid, patch, patch, c_.out_channels})
        .permute({0, 5, 1, 3, 2, 4})
        .reshape({rows, c_.out_channels, c_.size, c_.size});
  }

 private:
  DitConfig c_;
  Conv patches_;
  at::Tensor positions_;
  std::vector<DitBlock> blocks_;
  Linear out1_, out2_;
};

}  // namespace

at::Tensor grid_positions(int grid, int width) {
  const auto options = at::TensorOptions(at::kDouble);
  const at::Tensor frequency =
      at::pow(at::full({}, 10000.0, options), at::arange(width / 4, options) / (-width / 4.0));
  const at::Tensor angle = at::arange(grid, options).view({-1, 1}) * frequency.view({1, -1});
  const at::Tensor line = at::cat({angle.sin(), angle.cos()}, 1).to(at::kFloat);  // [grid, width / 2]
  const at::Tensor column = line.unsqueeze(0).expand({grid, grid, width / 2}),
                   row = line.unsqueeze(1).expand({grid, grid, width / 2});
  return at::cat({column, row}, 2).reshape({static_cast<std::int64_t>(grid) * grid, width});
}

std::unique_ptr<Network> make_dit(const nlohmann::json& json, const DitConfig& config,
                                  ParameterSource* source) {
  return std::make_unique<Dit>(json, config, source);
}

}  // namespace ulam::diffusers
