// The residual network for CIFAR pictures (He et al. 2015, arXiv 1512.03385, section 4.2) as it is published:
// batch normalisation with stored statistics, shortcuts without parameters.
#include <cmath>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/model/layers.h"
#include "ulam/model/network_config.h"
#include "ulam/model/network_kinds.h"

namespace ulam::networks_detail {
namespace {

/// A 3x3 convolution without bias and the batch normalisation after it, by its stored statistics.
struct NormedConv {
  at::Tensor kernel, weight, bias, mean, variance;
  int stride = 1;

  NormedConv() = default;
  NormedConv(Parameters& p, const std::string& conv, const std::string& norm, int inputs, int outputs,
             int stride_)
      : kernel(p.declare(conv + ".weight", {outputs, inputs, 3, 3}, std::sqrt(2.0 / (9 * inputs)))),
        weight(p.declare(norm + ".weight", {outputs}, 0, 1)),
        bias(p.declare(norm + ".bias", {outputs}, 0)),
        mean(p.declare(norm + ".running_mean", {outputs}, 0)),
        variance(p.declare(norm + ".running_var", {outputs}, 0, 1)),
        stride(stride_) {}

  at::Tensor operator()(const at::Tensor& x) const {
    return at::batch_norm(at::conv2d(x, kernel, {}, stride, 1), weight, bias, mean, variance, false, 0, 1e-5,
                          false);
  }
  double flops(int side) const { return 2.0 * static_cast<double>(kernel.numel()) * side * side; }
};

struct BasicBlock {
  std::string name;
  NormedConv first, second;
  int widened = 0;  // channels of zeros before and after the shortcut's

  BasicBlock(Parameters& p, std::string name_, int inputs, int outputs, int stride)
      : name(std::move(name_)),
        first(p, name + ".conv1", name + ".bn1", inputs, outputs, stride),
        second(p, name + ".conv2", name + ".bn2", outputs, outputs, 1),
        widened((outputs - inputs) / 2) {}

  at::Tensor operator()(const at::Tensor& x, const layers::Run& run) const {
    const at::Tensor shortcut =
        widened == 0 ? x
                     : at::constant_pad_nd(x.slice(2, 0, x.size(2), 2).slice(3, 0, x.size(3), 2),
                                           {0, 0, 0, 0, widened, widened});
    const at::Tensor out = at::relu(second(at::relu(first(x))) + shortcut);
    run.tap(name, out);
    return out;
  }
};

class CifarResnet final : public Network {
 public:
  CifarResnet(const nlohmann::json& json, NetworkConfig& config) : Network(json) {
    plain_input_ = true;
    shape_ = {3, 32, 32};
    const int depth = config.integer("depth", 20, 8, 1202);
    outputs_ = config.integer("outputs", 10, 2, 100000);
    const std::vector<double> mean = config.reals("mean", {0.485, 0.456, 0.406}, 3, -1e3, 1e3);
    const std::vector<double> deviation = config.reals("deviation", {0.229, 0.224, 0.225}, 3, 1e-6, 1e3);
    const std::vector<double> range = config.reals("range", {-1, 1}, 2, -1e6, 1e6);
    config.finish();
    if ((depth - 2) % 6 != 0)
      fail(ErrorKind::option, config.place(), "'depth' must be 6 n + 2 (20, 32, 44, 56, 110, ...), got {}",
           depth);
    if (!(range[0] < range[1]))
      fail(ErrorKind::option, config.place(), "'range' must be [low, high] with low < high");
    // ((x - low) / (high - low) - mean) / deviation as scale * x + shift
    scale_ = at::empty({1, 3, 1, 1}, at::kFloat);
    shift_ = at::empty({1, 3, 1, 1}, at::kFloat);
    for (std::size_t c = 0; c < 3; ++c) {
      scale_.data_ptr<float>()[c] = static_cast<float>(1 / ((range[1] - range[0]) * deviation[c]));
      shift_.data_ptr<float>()[c] =
          static_cast<float>((-range[0] / (range[1] - range[0]) - mean[c]) / deviation[c]);
    }
    entry_ = NormedConv(parameters_, "conv1", "bn1", 3, 16, 1);
    int side = 32, now = 16;
    flops_ = entry_.flops(side);
    for (int l = 1; l <= 3; ++l)
      for (int b = 0; b < (depth - 2) / 6; ++b) {
        const int channels = 8 << l, stride = l > 1 && b == 0 ? 2 : 1;
        side /= stride;
        blocks_.emplace_back(parameters_, fmt::format("layer{}.{}", l, b), now, channels, stride);
        flops_ += blocks_.back().first.flops(side) + blocks_.back().second.flops(side);
        taps_.push_back(blocks_.back().name);
        now = channels;
      }
    head_ = layers::Linear(parameters_, "linear", now, outputs_);
    parameters_.pass_over(".num_batches_tracked");
    taps_.push_back("features");
  }

  at::Tensor forward(const at::Tensor& x, const at::Tensor&, const Conditions& conditions,
                     Call& call) const override {
    if (!conditions.empty())
      fail(ErrorKind::unsupported, "condition '" + conditions.begin()->first + "'",
           "a classifier takes no conditions");
    const layers::Run run{call, at::kFloat};
    at::Tensor h = at::addcmul(shift_.to(x.device()), x, scale_.to(x.device()))
                       .contiguous(at::MemoryFormat::ChannelsLast);
    h = at::relu(entry_(h));
    for (const BasicBlock& block : blocks_) h = block(h, run);
    const at::Tensor features = h.mean({2, 3});
    run.tap("features", features);
    return head_(features);
  }

 private:
  at::Tensor scale_, shift_;
  NormedConv entry_;
  std::vector<BasicBlock> blocks_;
  layers::Linear head_;
};

}  // namespace

std::unique_ptr<Network> make_cifar_resnet(const nlohmann::json& config, const std::string& place) {
  NetworkConfig reader(config, place);
  return std::make_unique<CifarResnet>(config, reader);
}

}  // namespace ulam::networks_detail
