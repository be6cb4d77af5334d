#pragma once
// The tensors of a diffusers component: one .safetensors file, or several with an index.
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ulam/io/safetensors.h"
#include "ulam/model/parameters.h"

namespace ulam::diffusers {

/// Gives a network its tensors as float, whatever floating type the file holds them in (fp16 and bf16 are
/// widened, double is rounded). Looks in the folder for diffusion_pytorch_model (or model): .safetensors,
/// .safetensors.index.json with its shards, then the same of the variants fp16 and bf16. Nothing but plain
/// names beside the index is opened; pickles
/// (.bin, .ckpt) are never opened.
class Weights final : public ParameterSource {
 public:
  /// Opens and checks the headers. Throws Error(system | file) in one sentence: no weights (naming a pickle
  /// that is there), a shard that is missing, a tensor that its shard lacks or that two shards hold.
  explicit Weights(const std::string& folder);
  /// As ParameterSource. Names that diffusers has changed since (query, key, value, proj_attn of attention)
  /// are found under the old ones.
  at::Tensor take(const std::string& name, const std::vector<std::int64_t>& shape) override;
  bool has(const std::string& name) const { return tensors_.contains(name); }
  /// Throws Error(file) naming a tensor that nobody took; names that begin with one of `spare` may be left.
  void finish(const std::vector<std::string>& spare = {}) const;
  /// Of everything that was taken, in its order; depends on names and bits as they stand in the file.
  std::uint64_t hash() const { return hash_; }
  std::uint64_t bytes() const;

 private:
  struct Place {
    std::size_t file;
    const io::TensorHeader* header;
    bool taken = false;
  };
  void open(const std::string& path);
  std::vector<std::unique_ptr<io::SafetensorsFile>> files_;
  std::map<std::string, Place> tensors_;
  std::string folder_;
  std::uint64_t hash_ = 0xcbf29ce484222325ull;
};

}  // namespace ulam::diffusers
