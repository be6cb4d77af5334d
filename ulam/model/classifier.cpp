#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/model/layers.h"
#include "ulam/model/network_config.h"
#include "ulam/model/network_kinds.h"

namespace ulam::networks_detail {
namespace {

using namespace layers;

class Classifier final : public Network {
 public:
  Classifier(const nlohmann::json& json, NetworkConfig& config) : Network(json) {
    shape_ = config.shape("shape");
    if (shape_.size() != 3) fail(ErrorKind::option, config.place(), "'shape' must be [channels, height, width]");
    const int channels = config.integer("channels", 32, 4, 1024);
    const std::vector<int> multipliers = config.integers("multipliers", {1, 2, 4}, 1, 64);
    const int groups = config.integer("groups", 8, 1, 64);
    outputs_ = config.integer("outputs", 10, 2, 100000);
    noise_aware_ = config.flag("noise_aware", false);
    config.finish();
    int height = static_cast<int>(shape_[1]), width = static_cast<int>(shape_[2]);
    const std::int64_t step = std::int64_t{1} << (multipliers.size() - 1);
    if (height < step || width < step) fail(ErrorKind::option, config.place(), "a {}x{} picture is too small for {} levels", height, width, multipliers.size());
    entry_ = Conv(parameters_, "entry", static_cast<int>(shape_[0]), channels, 3);
    flops_ = entry_.flops(height, width);
    if (noise_aware_) time_ = Linear(parameters_, "time", embedding_, embedding_);
    int now = channels;
    for (std::size_t l = 0; l < multipliers.size(); ++l) {
      const int out = channels * multipliers[l];
      blocks_.emplace_back(parameters_, fmt::format("level{}.block0", l), now, out, noise_aware_ ? embedding_ : 0, groups);
      flops_ += blocks_.back().flops(height, width);
      taps_.push_back(blocks_.back().name);
      now = out;
      height /= 2, width /= 2;
    }
    norm_ = GroupNorm(parameters_, "norm", now, groups);
    head_ = Linear(parameters_, "head", now, outputs_);
    taps_.push_back("features");
  }

  at::Tensor forward(const at::Tensor& x, const at::Tensor& c_noise, const Conditions& conditions, Call& call) const override {
    if (!conditions.empty()) fail(ErrorKind::unsupported, "condition '" + conditions.begin()->first + "'", "a classifier takes no conditions");
    const Run run{call, compute_};
    const at::Tensor e = noise_aware_ ? swish(time_(fourier_features(c_noise, embedding_))) : at::Tensor();
    at::Tensor h = entry_(x.contiguous(at::MemoryFormat::ChannelsLast), run);
    for (std::size_t l = 0; l < blocks_.size(); ++l) {
      h = blocks_[l](h, e, run);
      if (l + 1 < blocks_.size()) h = at::avg_pool2d(h, {2, 2});
    }
    const at::Tensor features = swish(norm_(h)).mean({2, 3});
    run.tap("features", features);
    return head_(features);
  }

 private:
  static constexpr int embedding_ = 64;
  bool noise_aware_ = false;
  Conv entry_;
  Linear time_, head_;
  std::vector<ResBlock> blocks_;
  GroupNorm norm_;
};

}  // namespace

std::unique_ptr<Network> make_classifier(const nlohmann::json& config, const std::string& place) {
  NetworkConfig reader(config, place);
  return std::make_unique<Classifier>(config, reader);
}

}  // namespace ulam::networks_detail
