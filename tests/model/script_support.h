#pragma once
// Bundles whose network is TorchScript, written here from source text.
#include <filesystem>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>
#include <torch/csrc/jit/api/module.h>

#include "ulam/io/json.h"

namespace ulam::test {

/// D of N(mean + label, 1/4) on the edm path; the class 3 stands for none, and for a label of 0.5.
inline constexpr const char* script_source = R"(
    def forward(self, x, t, label):
        s2 = (t * t).reshape([-1, 1])
        moved = torch.where(label == 3, torch.full_like(t, 0.5), label.to(t.dtype)).reshape([-1, 1])
        return (x * 0.25 + (self.mean + moved) * s2) / (s2 + 0.25)
)";
inline constexpr double script_mean = 0.375;

inline void write_script(const std::string& file, const std::string& source, double mean = script_mean,
                         at::ScalarType dtype = at::kFloat) {
  torch::jit::Module module("network");
  module.register_parameter("mean", at::full({1}, mean, dtype), false);
  module.register_attribute("training", c10::BoolType::get(), true);
  if (!source.empty()) module.define(source);
  module.save(file);
}

/// model.json of rows of two numbers; `network` is merged into its network.
inline nlohmann::json script_config(const nlohmann::json& network = nlohmann::json::object()) {
  nlohmann::json own = {
      {"kind", "torchscript"}, {"file", "network.pt"}, {"shape", {2}}, {"classes", 3}, {"null_class", true}};
  own.merge_patch(network);
  return {{"format", 1},
          {"name", "script"},
          {"path", {{"kind", "edm"}}},
          {"prediction", "data"},
          {"network", std::move(own)},
          {"range", {-2, 2}},
          {"draw", {{"solver", "heun"}, {"steps", 7}}}};
}

inline void write_script_bundle(const std::string& folder, const nlohmann::json& config,
                                const std::string& source = script_source) {
  std::filesystem::create_directories(folder);
  io::write_json(folder + "/model.json", config);
  const bool twice = config["network"].value("dtype", "") == "float64";
  write_script(folder + "/network.pt", source, script_mean, twice ? at::kDouble : at::kFloat);
}

}  // namespace ulam::test
