#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/model/layers.h"
#include "ulam/model/network_config.h"
#include "ulam/model/network_kinds.h"

namespace ulam::networks_detail {
namespace {

using namespace layers;

class Mlp final : public Network {
 public:
  Mlp(const nlohmann::json& json, NetworkConfig& config) : Network(json) {
    shape_ = config.shape("shape");
    int size = 1;
    for (const std::int64_t n : shape_) size *= static_cast<int>(n);
    const int width = config.integer("width", 128, 4, 65536), depth = config.integer("depth", 4, 1, 256);
    embedding_ = config.integer("embedding", 64, 8, 4096);
    classes_ = config.integer("classes", 0, 0, 100000);
    null_class_ = classes_ > 0;
    config.finish();
    time_ = Linear(parameters_, "time", embedding_, width);
    if (classes_ > 0) classes_table_ = parameters_.declare("classes", {classes_ + 1, width}, 1);
    entry_ = Linear(parameters_, "entry", size, width);
    for (int i = 0; i < depth; ++i) {
      const std::string name = fmt::format("layer{}", i);
      hidden_.push_back(Linear(parameters_, name, width, width, 0.7));
      taps_.push_back(name);
      perturbations_.push_back(name + ":skip");
    }
    exit_ = Linear(parameters_, "exit", width, size, 0);
    flops_ = 2.0 * (2.0 * size * width + static_cast<double>(depth) * width * width + static_cast<double>(embedding_) * width);
  }

  at::Tensor forward(const at::Tensor& x, const at::Tensor& c_noise, const Conditions& conditions, Call& call) const override {
    const Run run{call, at::kFloat};
    const std::int64_t rows = x.size(0);
    at::Tensor e = time_(fourier_features(c_noise, embedding_));
    const at::Tensor labels = classes_ > 0 || !conditions.empty() ? label_rows(conditions, rows, classes_, null_class_, x.device()) : at::Tensor();
    if (classes_ > 0) e = e + at::embedding(classes_table_, labels);
    at::Tensor h = entry_(x.reshape({rows, -1})) + e;
    for (std::size_t i = 0; i < hidden_.size(); ++i) {
      const Perturbation* skip = run.perturbation(taps_[i], Perturbation::Kind::skip);
      if (skip == nullptr || skip->rows.defined()) {
        const at::Tensor next = h + hidden_[i](at::silu(h));
        h = skip != nullptr ? mix_rows(*skip, next, h) : next;
      }
      run.tap(taps_[i], h);
    }
    return exit_(at::silu(h)).view(x.sizes());
  }

 private:
  int embedding_ = 64;
  Linear time_, entry_, exit_;
  at::Tensor classes_table_;
  std::vector<Linear> hidden_;
};

}  // namespace

std::unique_ptr<Network> make_mlp(const nlohmann::json& config, const std::string& place) {
  NetworkConfig reader(config, place);
  return std::make_unique<Mlp>(config, reader);
}

}  // namespace ulam::networks_detail
