// CSDI (Tashiro et al. 2021, arXiv 2107.03502): a denoiser of windows of many series that is told what was
// observed, as ermongroup/CSDI publishes it. Attention over time and over features by turns, gated blocks
// with skips.
#include "ulam/model/csdi.h"

#include <cmath>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/model/convert.h"
#include "ulam/model/layers.h"
#include "ulam/model/network_config.h"
#include "ulam/model/network_kinds.h"

namespace ulam {
namespace {

CsdiWindow read_csdi_window(NetworkConfig& config) {
  const std::vector<std::int64_t> shape = config.shape("shape");
  if (shape.size() != 2)
    fail(ErrorKind::option, config.place(), "'shape' of a csdi network is [features, length], got {} sizes",
         shape.size());
  CsdiWindow w{shape[0], shape[1], config.texts("names", {}), {}, {}};
  const auto count = static_cast<std::size_t>(w.features);
  if (!w.names.empty() && w.names.size() != count)
    fail(ErrorKind::option, config.place(), "'names' holds {} names for {} features", w.names.size(), count);
  w.mean = config.reals("mean", {}, count, -1e30, 1e30);
  w.deviation = config.reals("deviation", {}, count, 1e-30, 1e30);
  if (w.mean.empty() != w.deviation.empty())
    fail(ErrorKind::option, config.place(), "'mean' and 'deviation' come together or not at all");
  return w;
}

}  // namespace

CsdiWindow csdi_window(const nlohmann::json& network, const std::string& place) {
  const auto kind = network.find("kind");
  if (kind == network.end() || *kind != "csdi")
    fail(ErrorKind::unsupported, place, "the network is a {}, not a csdi",
         kind != network.end() && kind->is_string() ? kind->get<std::string>() : "thing without a kind");
  NetworkConfig config(network, place);
  return read_csdi_window(config);
}

namespace networks_detail {
namespace {

/// Declares conv1d kernels of width 1 and linear layers under the published names.
struct Pointwise {
  at::Tensor weight, bias;
  Pointwise() = default;
  Pointwise(Parameters& p, const std::string& name, int inputs, int outputs, double gain = 1.4)
      : weight(p.declare(name + ".weight", {outputs, inputs, 1}, gain / std::sqrt(inputs))),
        bias(p.declare(name + ".bias", {outputs}, 0)) {}
  at::Tensor operator()(const at::Tensor& x) const { return at::conv1d(x, weight, bias); }
};

/// One layer of PyTorch's TransformerEncoder: attention and two linear layers, each with a residual and a
/// norm after it.
struct EncoderLayer {
  at::Tensor in_weight, in_bias, norm_weight[2], norm_bias[2];
  layers::Linear out, widen, narrow;
  int heads = 1;

  EncoderLayer(Parameters& p, const std::string& name, int width, int heads_)
      : in_weight(p.declare(name + ".self_attn.in_proj_weight", {3 * width, width}, 1 / std::sqrt(width))),
        in_bias(p.declare(name + ".self_attn.in_proj_bias", {3 * width}, 0)),
        out(p, name + ".self_attn.out_proj", width, width),
        widen(p, name + ".linear1", width, 64),
        narrow(p, name + ".linear2", 64, width),
        heads(heads_) {
    for (int i = 0; i < 2; ++i) {
      norm_weight[i] = p.declare(fmt::format("{}.norm{}.weight", name, i + 1), {width}, 0, 1);
      norm_bias[i] = p.declare(fmt::format("{}.norm{}.bias", name, i + 1), {width}, 0);
    }
  }

  /// x [sequences, entries, width].
  at::Tensor operator()(const at::Tensor& x) const {
    const std::int64_t n = x.size(0), entries = x.size(1), width = x.size(2);
    const auto by_head = [&](const at::Tensor& m) {
      return m.reshape({n, entries, heads, width / heads})
          .transpose(1, 2)
          .reshape({n * heads, entries, width / heads});
    };
    const auto parts = at::linear(x, in_weight, in_bias).chunk(3, 2);
    const double scale = 1 / std::sqrt(static_cast<double>(width) / heads);
    const at::Tensor map =
        at::softmax(at::bmm(by_head(parts[0]) * scale, by_head(parts[1]).transpose(1, 2)), -1);
    const at::Tensor mixed = at::bmm(map, by_head(parts[2]))
                                 .reshape({n, heads, entries, width / heads})
                                 .transpose(1, 2)
                                 .reshape({n, entries, width});
    const at::Tensor h = at::layer_norm(x + out(mixed), {width}, norm_weight[0], norm_bias[0]);
    return at::layer_norm(h + narrow(at::gelu(widen(h))), {width}, norm_weight[1], norm_bias[1]);
  }
};

struct GatedBlock {
  layers::Linear step;
  Pointwise side, middle, exit;
  EncoderLayer over_time, over_features;

  GatedBlock(Parameters& p, const std::string& name, int channels, int heads, int step_width, int side_width)
      : step(p, name + ".diffusion_projection", step_width, channels),
        side(p, name + ".cond_projection", side_width, 2 * channels),
        middle(p, name + ".mid_projection", channels, 2 * channels),
        exit(p, name + ".output_projection", channels, 2 * channels),
        over_time(p, name + ".time_layer.layers.0", channels, heads),
        over_features(p, name + ".feature_layer.layers.0", channels, heads) {}

  /// x [rows, channels, features, length], `fixed` [1, side - 1, features * length], mask [rows, 1, features
  /// * length]. Returns what goes on and what is skipped to the end.
  std::pair<at::Tensor, at::Tensor> operator()(const at::Tensor& x, const at::Tensor& embedding,
                                               const at::Tensor& fixed, const at::Tensor& mask) const {
    const std::int64_t rows = x.size(0), channels = x.size(1), features = x.size(2), length = x.size(3);
    at::Tensor y = x + step(embedding).view({rows, channels, 1, 1});
    if (length > 1)  // [rows, features, length, channels]
      y = over_time(y.permute({0, 2, 3, 1}).reshape({rows * features, length, channels}))
              .view({rows, features, length, channels})
              .permute({0, 3, 1, 2});
    if (features > 1)  // [rows, length, features, channels]
      y = over_features(y.permute({0, 3, 2, 1}).reshape({rows * length, features, channels}))
              .view({rows, length, features, channels})
              .permute({0, 3, 2, 1});
    y = middle(y.reshape({rows, channels, features * length}));
    // The side information but for its last channel, the mask, is alike in all rows.
    const std::int64_t alike = fixed.size(1);
    y = y + at::conv1d(fixed, side.weight.narrow(1, 0, alike), side.bias) +
        side.weight.narrow(1, alike, 1).view({1, 2 * channels, 1}) * mask;
    const auto gates = y.chunk(2, 1);
    const auto ends = exit(at::sigmoid(gates[0]) * at::tanh(gates[1]))
                          .view({rows, 2 * channels, features, length})
                          .chunk(2, 1);
    return {(x + ends[0]) / std::sqrt(2.0), ends[1]};
  }
};

class Csdi final : public Network {
 public:
  Csdi(const nlohmann::json& json, NetworkConfig& config) : Network(json) {
    plain_input_ = true;
    const CsdiWindow window = read_csdi_window(config);
    shape_ = {window.features, window.length};
    channels_ = config.integer("channels", 64, 1, 4096);
    const int blocks = config.integer("layers", 4, 1, 64), heads = config.integer("heads", 8, 1, 64);
    step_features_ = config.integer("step_embedding", 128, 4, 4096);
    time_features_ = config.integer("time_embedding", 128, 2, 4096);
    const int of_feature = config.integer("feature_embedding", 16, 1, 4096);
    config.finish();
    if (channels_ % heads != 0)
      fail(ErrorKind::option, config.place(), "{} channels cannot be cut into {} heads", channels_, heads);
    if (step_features_ % 2 != 0 || time_features_ % 2 != 0)
      fail(ErrorKind::option, config.place(), "'step_embedding' and 'time_embedding' must be even");
    const int side = time_features_ + of_feature + 1;
    features_ = parameters_.declare("embed_layer.weight", {window.features, of_feature}, 1);
    const std::string name = "diffmodel.";
    step1_ =
        layers::Linear(parameters_, name + "diffusion_embedding.projection1", step_features_, step_features_);
    step2_ =
        layers::Linear(parameters_, name + "diffusion_embedding.projection2", step_features_, step_features_);
    entry_ = Pointwise(parameters_, name + "input_projection", 2, channels_);
    exit1_ = Pointwise(parameters_, name + "output_projection1", channels_, channels_);
    exit2_ = Pointwise(parameters_, name + "output_projection2", channels_, 1, 0);
    for (int i = 0; i < blocks; ++i)
      blocks_.emplace_back(parameters_, fmt::format("{}residual_layers.{}", name, i), channels_, heads,
                           step_features_, side);
    taps_ = {"side_info"};
    conditions_.push_back({window_condition, 0, false, {}});
    const double c = channels_, n = static_cast<double>(window.features * window.length);
    const double both = static_cast<double>(window.features + window.length);
    flops_ = 2 * n * c * (c + 3) + blocks * (2 * n * c * (2 * (4 * c + 128) + 4 * c + 2) + 4 * n * c * both);
  }

  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions,
                     Call& call) const override {
    const std::int64_t rows = x.size(0), cells = shape_[0] * shape_[1];
    const at::Tensor observed = observations(x, conditions);
    const at::Tensor seen = at::isfinite(observed), none = at::zeros({1}, x.options());
    const at::Tensor fixed = fixed_side_info(x.options());
    const at::Tensor mask = seen.to(x.scalar_type()).view({rows, 1, cells});
    const layers::Run run{call, at::kFloat};
    if (!call.wanted_taps.empty())
      run.tap("side_info", at::cat({fixed.expand({rows, fixed.size(1), cells}), mask}, 1)
                               .view({rows, -1, shape_[0], shape_[1]}));
    const at::Tensor input = at::stack({at::where(seen, observed, none), at::where(seen, none, x)}, 1);
    at::Tensor h =
        at::relu(entry_(input.view({rows, 2, cells}))).view({rows, channels_, shape_[0], shape_[1]});
    const at::Tensor embedding = step_embedding(t);
    at::Tensor skipped;
    for (const GatedBlock& block : blocks_) {
      auto [next, skip] = block(h, embedding, fixed, mask);
      h = std::move(next);
      skipped = skipped.defined() ? skipped + skip : skip;
    }
    skipped = skipped.reshape({rows, channels_, cells}) / std::sqrt(static_cast<double>(blocks_.size()));
    return exit2_(at::relu(exit1_(skipped))).view(x.sizes());
  }

 private:
  at::Tensor observations(const at::Tensor& x, const Conditions& conditions) const {
    at::Tensor out;
    for (const auto& [name, value] : conditions) {
      if (name != window_condition)
        fail(ErrorKind::unsupported, "condition '" + name + "'", "the network takes '{}' only",
             window_condition);
      if (value.sizes() != x.sizes())
        fail(ErrorKind::shape, "condition '" + name + "'",
             "shape {} where {} is needed, a value or NaN for each of the sample's",
             shape_text(value.sizes()), shape_text(x.sizes()));
      if (value.isinf().any().item<bool>())
        fail(ErrorKind::numeric, "condition '" + name + "'", "holds an infinity");
      out = value.to(x.options());
    }
    return out.defined() ? out : at::full_like(x, std::nan(""));
  }

  /// sin and cos of the step times 10^0 .. 10^4, in float as the weights were trained: at the highest
  /// frequencies the rounding is part of the embedding.
  at::Tensor step_embedding(const at::Tensor& t) const {
    const int half = step_features_ / 2;
    const at::Tensor frequency =
        at::pow(10.0, at::arange(half, at::kFloat) / (half - 1) * 4.0).to(t.options());
    const at::Tensor angle = t.view({-1, 1}) * frequency.view({1, -1});
    return at::silu(step2_(at::silu(step1_(at::cat({angle.sin(), angle.cos()}, 1)))));
  }

  /// Sine and cosine of the entry's place by turns, then the feature's embedding: [1, side - 1, features *
  /// length].
  at::Tensor fixed_side_info(const at::TensorOptions& options) const {
    const at::Tensor slowing =
        1 / at::pow(10000.0, at::arange(0, time_features_, 2, at::kFloat) / time_features_);
    const at::Tensor angle = at::arange(shape_[1], at::kFloat).view({1, -1}) * slowing.view({-1, 1});
    const at::Tensor time =
        at::stack({angle.sin(), angle.cos()}, 1).view({time_features_, 1, shape_[1]}).to(options);
    const at::Tensor feature = features_.t().unsqueeze(2);
    return at::cat({time.expand({time_features_, shape_[0], shape_[1]}),
                    feature.expand({feature.size(0), shape_[0], shape_[1]})})
        .reshape({1, -1, shape_[0] * shape_[1]});
  }

  int channels_ = 64, step_features_ = 128, time_features_ = 128;
  at::Tensor features_;
  layers::Linear step1_, step2_;
  Pointwise entry_, exit1_, exit2_;
  std::vector<GatedBlock> blocks_;
};

}  // namespace

std::unique_ptr<Network> make_csdi(const nlohmann::json& config, const std::string& place) {
  NetworkConfig reader(config, place);
  return std::make_unique<Csdi>(config, reader);
}

}  // namespace networks_detail
}  // namespace ulam
