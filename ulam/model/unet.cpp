#include <algorithm>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/model/layers.h"
#include "ulam/model/network_config.h"
#include "ulam/model/network_kinds.h"

namespace ulam::networks_detail {
namespace {

using namespace layers;

// A residual block and, at levels that have it, the attention after it.
struct Unit {
  ResBlock block;
  std::vector<Attention> attention;  // none or one

  at::Tensor operator()(const at::Tensor& x, const at::Tensor& e, const Run& run) const {
    at::Tensor h = block(x, e, run);
    for (const Attention& a : attention) h = a(h, run);
    return h;
  }
};
using Level = std::vector<Unit>;

class UNet final : public Network {
 public:
  UNet(const nlohmann::json& json, NetworkConfig& config) : Network(json) {
    shape_ = config.shape("shape");
    if (shape_.size() != 3) fail(ErrorKind::option, config.place(), "'shape' must be [channels, height, width]");
    const int channels = config.integer("channels", 32, 4, 1024);
    const std::vector<int> multipliers = config.integers("multipliers", {1, 2, 4}, 1, 64);
    const int levels = static_cast<int>(multipliers.size());
    const std::vector<int> blocks = config.integers("blocks", std::vector<int>(multipliers.size(), 1), 1, 16);
    const std::vector<int> with_attention = config.integers("attention", {}, 0, levels - 1);
    heads_ = config.integer("heads", 4, 1, 64);
    width_ = config.integer("embedding", 128, 8, 4096);
    groups_ = config.integer("groups", 8, 1, 64);
    classes_ = config.integer("classes", 0, 0, 100000);
    null_class_ = classes_ > 0;
    config.finish();
    if (blocks.size() != multipliers.size())
      fail(ErrorKind::option, config.place(), "'blocks' has {} entries for {} levels", blocks.size(), levels);
    const std::int64_t step = std::int64_t{1} << (levels - 1);
    if (shape_[1] % step != 0 || shape_[2] % step != 0)
      fail(ErrorKind::option, config.place(), "height {} and width {} must be multiples of {} for {} levels", shape_[1], shape_[2], step, levels);

    const int in = static_cast<int>(shape_[0]);
    int height = static_cast<int>(shape_[1]), width = static_cast<int>(shape_[2]);
    time1_ = Linear(parameters_, "time1", width_, width_);
    time2_ = Linear(parameters_, "time2", width_, width_);
    if (classes_ > 0) classes_table_ = parameters_.declare("classes", {classes_ + 1, width_}, 1);
    entry_ = Conv(parameters_, "entry", in, channels, 3);
    flops_ = entry_.flops(height, width);

    const auto has = [&](int level) { return std::find(with_attention.begin(), with_attention.end(), level) != with_attention.end(); };
    std::vector<int> skips;  // channels of what is kept for the way up
    int now = channels;
    for (int l = 0; l < levels; ++l) {
      const int out = channels * multipliers[static_cast<std::size_t>(l)];
      Level level;
      for (int b = 0; b < blocks[static_cast<std::size_t>(l)]; ++b) {
        level.push_back(unit(fmt::format("down{}", l), b, now, out, has(l), height, width));
        now = out;
        skips.push_back(now);
      }
      down_.push_back(std::move(level));
      if (l + 1 < levels) height /= 2, width /= 2;
    }
    middle_.push_back(unit("mid", 0, now, now, !with_attention.empty(), height, width));
    for (int l = levels - 1; l >= 0; --l) {
      const int out = channels * multipliers[static_cast<std::size_t>(l)];
      Level level;
      for (int b = 0; b < blocks[static_cast<std::size_t>(l)]; ++b) {
        level.push_back(unit(fmt::format("up{}", l), b, now + skips.back(), out, has(l), height, width));
        skips.pop_back();
        now = out;
      }
      up_.push_back(std::move(level));
      if (l > 0) height *= 2, width *= 2;
    }
    norm_ = GroupNorm(parameters_, "norm", now, groups_);
    exit_ = Conv(parameters_, "exit", now, in, 3, 0);
    flops_ += exit_.flops(height, width);
  }

  at::Tensor forward(const at::Tensor& x, const at::Tensor& c_noise, const Conditions& conditions, Call& call) const override {
    const Run run{call, compute_};
    const std::int64_t rows = x.size(0);
    at::Tensor e = time2_(swish(time1_(fourier_features(c_noise, width_))));
    if (classes_ > 0) e = e + at::embedding(classes_table_, label_rows(conditions, rows, classes_, true, x.device()));
    else label_rows_refused(conditions);
    e = swish(e);
    at::Tensor h = entry_(x.contiguous(at::MemoryFormat::ChannelsLast), run);
    std::vector<at::Tensor> skips;
    for (std::size_t l = 0; l < down_.size(); ++l) {
      for (const Unit& u : down_[l]) skips.push_back(h = u(h, e, run));
      if (l + 1 < down_.size()) h = at::avg_pool2d(h, {2, 2});
    }
    for (const Unit& u : middle_) h = u(h, e, run);
    for (std::size_t l = 0; l < up_.size(); ++l) {
      for (const Unit& u : up_[l]) {
        h = u(at::cat({h, skips.back()}, 1), e, run);
        skips.pop_back();
      }
      if (l + 1 < up_.size()) h = at::upsample_nearest2d(h, {h.size(2) * 2, h.size(3) * 2});
    }
    // Channels-last and contiguous coincide in memory for one channel; others are copied once.
    return exit_(swish(norm_(h)), run).contiguous();
  }

 private:
  static void label_rows_refused(const Conditions& conditions) {
    if (!conditions.empty()) fail(ErrorKind::unsupported, "condition '" + conditions.begin()->first + "'", "the network takes no conditions");
  }

  Unit unit(const std::string& level, int index, int inputs, int outputs, bool attends, int height, int width) {
    Unit u{ResBlock(parameters_, fmt::format("{}.block{}", level, index), inputs, outputs, width_, groups_), {}};
    flops_ += u.block.flops(height, width);
    taps_.push_back(u.block.name);
    perturbations_.push_back(u.block.name + ":skip");
    if (attends) {
      u.attention.emplace_back(parameters_, fmt::format("{}.attention{}", level, index), outputs, heads_, groups_);
      const Attention& a = u.attention.front();
      flops_ += a.flops(height, width);
      taps_.push_back(a.name);
      taps_.push_back(a.name + ".map");
      for (const char* kind : {":identity_attention", ":blurred_attention", ":skip"}) perturbations_.push_back(a.name + kind);
    }
    return u;
  }

  int heads_ = 4, width_ = 128, groups_ = 8;
  Linear time1_, time2_;
  at::Tensor classes_table_;
  Conv entry_, exit_;
  GroupNorm norm_;
  std::vector<Level> down_, up_;
  Level middle_;
};

}  // namespace

std::unique_ptr<Network> make_unet(const nlohmann::json& config, const std::string& place) {
  NetworkConfig reader(config, place);
  return std::make_unique<UNet>(config, reader);
}

}  // namespace ulam::networks_detail
