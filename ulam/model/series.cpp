#include "ulam/model/series.h"

#include <cmath>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/model/layers.h"
#include "ulam/model/network_config.h"
#include "ulam/model/network_kinds.h"

namespace ulam {

const char* name_of(SeriesScaling scaling) { return scaling == SeriesScaling::mean ? "mean" : "standard"; }

namespace {

/// The part of the configuration that speaks of windows.
SeriesWindow read_window(NetworkConfig& config) {
  const std::vector<std::int64_t> shape = config.shape("shape");
  if (shape.size() != 2)
    fail(ErrorKind::option, config.place(), "'shape' of a series network is [channels, length], got {} sizes",
         shape.size());
  SeriesWindow w;
  w.channels = shape[0];
  w.length = shape[1];
  if (w.length < 2)
    fail(ErrorKind::option, config.place(), "a window has at least 2 entries, got {}", w.length);
  w.horizon = config.integer("horizon", static_cast<int>(w.length / 5), 0, static_cast<int>(w.length) - 1);
  w.scaling = config.choice("scaling", "mean", {"mean", "standard"}) == "mean" ? SeriesScaling::mean
                                                                               : SeriesScaling::standard;
  return w;
}

}  // namespace

SeriesWindow series_window(const nlohmann::json& network, const std::string& place) {
  const auto kind = network.find("kind");
  if (kind == network.end() || *kind != "series")
    fail(ErrorKind::unsupported, place, "the network is a {}, not one for windows of time series",
         kind != network.end() && kind->is_string() ? kind->get<std::string>() : "thing without a kind");
  NetworkConfig config(network, place);
  return read_window(config);
}

namespace networks_detail {
namespace {

using namespace layers;

/// Layer norm without numbers of its own, scaled and shifted by the embedding of the noise level.
at::Tensor modulated(const at::Tensor& h, const at::Tensor& shift, const at::Tensor& scale) {
  return at::addcmul(shift, at::layer_norm(h, {h.size(2)}), scale + 1);
}

struct Block {
  std::string name;
  Linear modulation, qkv, out, widen, narrow;
  int heads;

  Block(Parameters& p, std::string name_, int width, int heads_)
      : name(std::move(name_)),
        modulation(p, name + ".modulation", width, 4 * width, 0.5),
        qkv(p, name + ".qkv", width, 3 * width),
        out(p, name + ".out", width, width, 0),
        widen(p, name + ".widen", width, 2 * width),
        narrow(p, name + ".narrow", 2 * width, width, 0),
        heads(heads_) {}

  at::Tensor operator()(const at::Tensor& x, const at::Tensor& embedding, const Run& run) const {
    const Perturbation* skip = run.perturbation(name, Perturbation::Kind::skip);
    if (skip != nullptr && !skip->rows.defined()) {
      run.tap(name, x);
      return x;
    }
    const auto m = modulation(embedding).unsqueeze(1).chunk(4, 2);
    at::Tensor h = attend(x, modulated(x, m[0], m[1]), run);
    h = h + narrow(at::gelu(widen(modulated(h, m[2], m[3]))));
    if (skip != nullptr) h = mix_rows(*skip, h, x);
    run.tap(name, h);
    return h;
  }

  double flops(double tokens, double width) const {
    return tokens * 2 * width * width * 8 + 4 * tokens * tokens * width + 8 * width * width;
  }

 private:
  at::Tensor attend(const at::Tensor& x, const at::Tensor& h, const Run& run) const {
    const std::int64_t rows = h.size(0), tokens = h.size(1), width = h.size(2);
    const auto parts = qkv(h).chunk(3, 2);
    const auto by_head = [&](const at::Tensor& m) {
      return m.reshape({rows, tokens, heads, width / heads})
          .transpose(1, 2)
          .reshape({rows * heads, tokens, width / heads});
    };
    const auto joined = [&](const at::Tensor& m) {
      return out(
          m.reshape({rows, heads, tokens, width / heads}).transpose(1, 2).reshape({rows, tokens, width}));
    };
    const at::Tensor v = by_head(parts[2]);
    const double scale = 1 / std::sqrt(static_cast<double>(width) / heads);
    const at::Tensor map =
        at::softmax(at::bmm(by_head(parts[0]) * scale, by_head(parts[1]).transpose(1, 2)), -1);
    at::Tensor y = x + joined(at::bmm(map, v));
    if (const Perturbation* p = run.perturbation(name, Perturbation::Kind::identity_attention))
      y = mix_rows(*p, y, x + joined(v));
    return y;
  }
};

/// Tokens of `patch` entries, transformer blocks over them, then two short convolutions over single entries.
class Series final : public Network {
 public:
  Series(const nlohmann::json& json, NetworkConfig& config) : Network(json) {
    const SeriesWindow window = read_window(config);
    shape_ = {window.channels, window.length};
    const int channels = static_cast<int>(window.channels);
    patch_ = config.integer("patch", 4, 1, 1024);
    const int width = config.integer("width", 64, 8, 4096), depth = config.integer("depth", 4, 1, 64);
    const int heads = config.integer("heads", 4, 1, 64);
    embedding_ = config.integer("embedding", 64, 8, 4096);
    detail_ = config.integer("detail", 16, 1, 1024);
    config.finish();
    if (window.length % patch_ != 0)
      fail(ErrorKind::option, config.place(), "a window of {} entries cannot be cut into patches of {}",
           window.length, patch_);
    if (width % heads != 0)
      fail(ErrorKind::option, config.place(), "width {} cannot be cut into {} heads", width, heads);
    const int tokens = static_cast<int>(window.length) / patch_;
    time_ = Linear(parameters_, "time", embedding_, width);
    entry_ = Linear(parameters_, "entry", channels * patch_, width);
    place_ = parameters_.declare("place", {1, tokens, width}, 0.5);
    for (int i = 0; i < depth; ++i) {
      blocks_.emplace_back(parameters_, fmt::format("block{}", i), width, heads);
      taps_.push_back(blocks_.back().name);
      for (const char* kind : {":skip", ":identity_attention"})
        perturbations_.push_back(blocks_.back().name + kind);
    }
    exit_ = Linear(parameters_, "exit", width, detail_ * patch_);
    smooth_ = parameters_.declare("smooth.weight", {detail_, detail_ + channels, 5},
                                  1 / std::sqrt(5.0 * (detail_ + channels)));
    smooth_bias_ = parameters_.declare("smooth.bias", {detail_}, 0);
    last_ = parameters_.declare("last.weight", {channels, detail_, 5}, 0);
    last_bias_ = parameters_.declare("last.bias", {channels}, 0);
    const double w = width, n = tokens, length = static_cast<double>(window.length);
    flops_ = 2.0 * w * (embedding_ + n * patch_ * (channels + detail_)) +
             10.0 * length * detail_ * (detail_ + 2.0 * channels);
    for (const Block& b : blocks_) flops_ += b.flops(n, w);
  }

  at::Tensor forward(const at::Tensor& x, const at::Tensor& c_noise, const Conditions& conditions,
                     Call& call) const override {
    const Run run{call, at::kFloat};
    const std::int64_t rows = x.size(0), channels = x.size(1), length = x.size(2), tokens = length / patch_;
    if (!conditions.empty()) label_rows(conditions, rows, 0, false, x.device());
    const at::Tensor e = at::silu(time_(fourier_features(c_noise, embedding_)));
    at::Tensor h = x.reshape({rows, channels, tokens, patch_})
                       .transpose(1, 2)
                       .reshape({rows, tokens, channels * patch_});
    h = entry_(h) + place_;
    for (const Block& block : blocks_) h = block(h, e, run);
    h = exit_(at::layer_norm(h, {h.size(2)}));
    h = h.reshape({rows, tokens, detail_, patch_}).transpose(1, 2).reshape({rows, detail_, length});
    h = at::gelu(at::conv1d(at::cat({h, x}, 1), smooth_, smooth_bias_, 1, 2));
    return at::conv1d(h, last_, last_bias_, 1, 2);
  }

 private:
  int patch_ = 4, embedding_ = 64, detail_ = 16;
  Linear time_, entry_, exit_;
  at::Tensor place_, smooth_, smooth_bias_, last_, last_bias_;
  std::vector<Block> blocks_;
};

}  // namespace

std::unique_ptr<Network> make_series(const nlohmann::json& config, const std::string& place) {
  NetworkConfig reader(config, place);
  return std::make_unique<Series>(config, reader);
}

}  // namespace networks_detail
}  // namespace ulam
