#pragma once
// The weights that bench/peers/weights.py makes, and the golden files of bench/peers/diffusers_networks.py.
#include <cmath>
#include <cstring>
#include <filesystem>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include "ulam/base/key.h"
#include "ulam/io/json.h"
#include "ulam/io/safetensors.h"
#include "ulam/model/convert.h"

namespace ulam::test {

inline std::uint64_t mix_word(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

/// In [-1, 1).
inline at::Tensor peer_uniform(const std::string& name, const std::vector<std::int64_t>& shape) {
  at::Tensor t = at::empty(shape, at::kFloat);
  float* out = t.data_ptr<float>();
  for (std::int64_t i = 0; i < t.numel(); ++i)
    out[i] =
        static_cast<float>(mix_word(hash_bytes(name) + static_cast<std::uint64_t>(i)) >> 40) / 8388608.0f -
        1.0f;
  return t;
}

/// diffusers_networks.inputs
inline at::Tensor peer_input(const std::string& name, const std::vector<std::int64_t>& shape) {
  return peer_uniform(name, shape) * 1.7f;
}

inline at::Tensor peer_weight(const std::string& name, const std::vector<std::int64_t>& shape) {
  const at::Tensor t = peer_uniform(name, shape);
  if (shape.size() == 1) {
    if (name.ends_with("time_proj.weight")) return t * 2;
    return name.ends_with(".weight") ? t * 0.5 + 1 : t * 0.25;
  }
  const double fan = static_cast<double>(t.numel()) / static_cast<double>(shape[0]);
  return t * static_cast<float>(1.5 / std::sqrt(fan));
}

/// One network of a golden file: its configuration, its tensors, what it was given and answered.
struct PeerCase {
  nlohmann::json config;
  io::ArrayFile weights;
  std::map<std::string, at::Tensor> given;
};

/// The network that {"config": ..., "tensors": [[name, shape], ...]} describes.
inline PeerCase described_case(const nlohmann::json& described) {
  PeerCase c;
  c.config = described.at("config");
  for (const auto& t : described.at("tensors")) {
    const auto tensor = t.at(0).get<std::string>();
    c.weights.arrays.emplace_back(tensor,
                                  to_array(peer_weight(tensor, t.at(1).get<std::vector<std::int64_t>>())));
  }
  return c;
}

inline std::map<std::string, PeerCase> peer_cases(const std::string& file) {
  const auto path = std::filesystem::path(__FILE__).parent_path() / "golden" / file;
  const io::ArrayFile arrays = io::read_safetensors(path.string());
  std::map<std::string, PeerCase> out;
  const nlohmann::json cases = nlohmann::json::parse(arrays.metadata.at("cases"));
  for (const auto& [name, described] : cases.items()) {
    PeerCase c = described_case(described);
    for (const auto& [key, array] : arrays.arrays)
      if (key.starts_with(name + ".")) c.given[key.substr(name.size() + 1)] = to_tensor(array);
    out.emplace(name, std::move(c));
  }
  return out;
}

/// A folder of this case as diffusers writes it.
inline void write_component(const std::filesystem::path& folder, const PeerCase& c) {
  std::filesystem::create_directories(folder);
  io::write_json((folder / "config.json").string(), c.config);
  io::write_safetensors((folder / "diffusion_pytorch_model.safetensors").string(), c.weights);
}

/// A folder of a DiT pipeline: the small transformer and the autoencoder of these names (none: ""), DDIM, and
/// names of two of its five classes.
inline void write_dit_pipeline(const std::filesystem::path& folder, const std::string& transformer = "plain",
                               const std::string& vae = "plain") {
  nlohmann::json index = {{"_class_name", "DiTPipeline"},
                          {"_diffusers_version", "0.42.1"},
                          {"id2label", {{"0", "tench, Tinca tinca"}, {"3", "red fox"}}},
                          {"scheduler", {"diffusers", "DDIMScheduler"}},
                          {"transformer", {"diffusers", "DiTTransformer2DModel"}}};
  write_component(folder / "transformer", peer_cases("dit.safetensors").at(transformer));
  if (!vae.empty()) {
    write_component(folder / "vae", peer_cases("autoencoder_kl.safetensors").at(vae));
    index["vae"] = {"diffusers", "AutoencoderKL"};
  }
  std::filesystem::create_directories(folder / "scheduler");
  io::write_json((folder / "scheduler/scheduler_config.json").string(),
                 {{"_class_name", "DDIMScheduler"}, {"clip_sample", false}});
  io::write_json((folder / "model_index.json").string(), index);
}

}  // namespace ulam::test
