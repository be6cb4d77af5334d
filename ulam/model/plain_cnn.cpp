// A denoiser of small pictures without levels: wide convolutions, each normalised over the whole picture, and
// the time added after the first. Under the names of Yichizz/hot_vs_cold_diffusion.
#include <cmath>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "ulam/base/error.h"
#include "ulam/model/layers.h"
#include "ulam/model/network_config.h"
#include "ulam/model/network_kinds.h"

namespace ulam::networks_detail {
namespace {

/// A convolution, a normalisation over channels and places with a weight for each of them, GELU.
struct WideBlock {
  std::string name;
  layers::Conv conv;
  at::Tensor weight, bias;

  WideBlock(Parameters& p, std::string name_, int inputs, int outputs, int kernel, std::int64_t height,
            std::int64_t width)
      : name(std::move(name_)),
        conv(p, name + ".net.0", inputs, outputs, kernel),
        weight(p.declare(name + ".net.1.weight", {outputs, height, width}, 0, 1)),
        bias(p.declare(name + ".net.1.bias", {outputs, height, width}, 0)) {}

  at::Tensor operator()(const at::Tensor& x, const layers::Run& run) const {
    const at::Tensor out = at::gelu(at::layer_norm(conv(x, run), weight.sizes(), weight, bias));
    run.tap(name, out);
    return out;
  }
};

class PlainCnn final : public Network {
 public:
  PlainCnn(const nlohmann::json& json, NetworkConfig& config) : Network(json) {
    plain_input_ = true;
    shape_ = config.shape("shape");
    if (shape_.size() != 3)
      fail(ErrorKind::option, config.place(),
           "'shape' of a plain_cnn network is [channels, height, width], got {} sizes", shape_.size());
    const std::vector<int> channels = config.integers("channels", {16, 32, 32, 16}, 1, 1024);
    const int kernel = config.integer("kernel", 7, 1, 63), count = config.integer("frequencies", 16, 1, 4096),
              width = config.integer("embedding", 128, 1, 4096);
    steps_ = config.integer("steps", 1000, 1, 1000000);
    config.finish();
    if (kernel % 2 == 0) fail(ErrorKind::option, config.place(), "'kernel' must be odd, got {}", kernel);
    frequencies_ = parameters_.declare("gt.frequencies", {count}, 1);
    const int widths[] = {2 * count, width, width, width, channels.front()};
    for (int i = 0; i < 4; ++i)
      time_.emplace_back(parameters_, fmt::format("gt.time_embed.{}", 2 * i), widths[i], widths[i + 1]);
    const auto height = static_cast<int>(shape_[1]), across = static_cast<int>(shape_[2]);
    auto now = static_cast<int>(shape_[0]);
    for (std::size_t i = 0; i < channels.size(); ++i) {
      blocks_.emplace_back(parameters_, fmt::format("gt.blocks.{}", i), now, channels[i], kernel, height,
                           across);
      taps_.push_back(blocks_.back().name);
      flops_ += blocks_.back().conv.flops(height, across);
      now = channels[i];
    }
    exit_ = layers::Conv(parameters_, fmt::format("gt.blocks.{}", channels.size()), now,
                         static_cast<int>(shape_[0]), 3);
    flops_ += exit_.flops(height, across);
    // The table of the path, which the published file holds beside the weights.
    parameters_.pass_over("alpha_t");
    parameters_.pass_over("beta_t");
  }

  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions,
                     Call& call) const override {
    if (!conditions.empty())
      fail(ErrorKind::unsupported, "condition '" + conditions.begin()->first + "'",
           "the network takes no conditions");
    const layers::Run run{call, compute_};
    const at::Tensor angle = (t / steps_).view({-1, 1}) * frequencies_.view({1, -1});
    at::Tensor h = time_.front()(at::cat({angle.sin(), angle.cos() - 1}, 1));
    for (std::size_t i = 1; i < time_.size(); ++i) h = time_[i](at::gelu(h));
    at::Tensor out = blocks_.front()(x, run) + h.view({h.size(0), h.size(1), 1, 1});
    for (std::size_t i = 1; i < blocks_.size(); ++i) out = blocks_[i](out, run);
    return exit_(out, run);
  }

 private:
  int steps_ = 1000;
  at::Tensor frequencies_;
  std::vector<layers::Linear> time_;
  std::vector<WideBlock> blocks_;
  layers::Conv exit_;
};

}  // namespace

std::unique_ptr<Network> make_plain_cnn(const nlohmann::json& config, const std::string& place) {
  NetworkConfig reader(config, place);
  return std::make_unique<PlainCnn>(config, reader);
}

}  // namespace ulam::networks_detail
