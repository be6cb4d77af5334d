#pragma once
// A published MNIST DDPM (Yichizz/hot_vs_cold_diffusion, MIT) as a Model: what somebody with a network of
// their own would write. Its weights are not part of the project: the tests that want them are skipped unless
// ULAM_TEST_MODELS names the folder of ddpm-mnist-cnn.safetensors and ddpm-mnist-cnn.golden.safetensors.
#include <cstdlib>
#include <filesystem>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include "ulam/io/safetensors.h"
#include "ulam/model/convert.h"
#include "ulam/model/network_model.h"
#include "ulam/path/betas.h"

namespace ulam::test {

/// "" where the weights are not here.
inline std::string mnist_ddpm_file(const std::string& name) {
  const char* folder = std::getenv("ULAM_TEST_MODELS");
  if (folder == nullptr) return "";
  const std::string file = std::string(folder) + "/" + name;
  return std::filesystem::exists(file) ? file : "";
}

class MnistDdpm final : public Model {
 public:
  explicit MnistDdpm(const std::string& file) {
    for (const auto& [name, array] : io::read_safetensors(file).arrays) weights_[name] = to_tensor(array);
    info_.name = "mnist-ddpm";
    info_.path = Path::discrete(linear_betas(1001));
    info_.head.kind = Prediction::noise;
    info_.shape = {1, 28, 28};
    info_.data_low = -0.5;
    info_.data_high = 0.5;
  }
  const ModelInfo& info() const override { return info_; }
  const at::Tensor& weight(const std::string& name) const { return weights_.at(name); }

  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const Conditions&, Call&) const override {
    check_rows(info_, x, t);
    return network(x, (t / 1000).to(at::kFloat));
  }

  /// `time` in [0, 1], [rows].
  at::Tensor network(const at::Tensor& x, const at::Tensor& time) const {
    const at::Tensor angle = time.view({-1, 1}) * weight("gt.frequencies").view({1, -1});
    at::Tensor e = at::cat({angle.sin(), angle.cos() - 1}, 1);
    for (int i = 0; i < 8; i += 2) {
      if (i > 0) e = at::gelu(e);
      const std::string name = "gt.time_embed." + std::to_string(i);
      e = at::linear(e, weight(name + ".weight"), weight(name + ".bias"));
    }
    at::Tensor h = x;
    for (int i = 0; i < 4; ++i) {
      const std::string name = "gt.blocks." + std::to_string(i) + ".net.";
      h = at::conv2d(h, weight(name + "0.weight"), weight(name + "0.bias"), 1, 3);
      h = at::layer_norm(h, h.sizes().slice(1), weight(name + "1.weight"), weight(name + "1.bias"));
      h = at::gelu(h);
      if (i == 0) h = h + e.view({x.size(0), -1, 1, 1});
    }
    return at::conv2d(h, weight("gt.blocks.4.weight"), weight("gt.blocks.4.bias"), 1, 1);
  }

 private:
  std::map<std::string, at::Tensor> weights_;
  ModelInfo info_;
};

}  // namespace ulam::test
