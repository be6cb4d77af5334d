#pragma once
// The index of a model whose tensors are spread over several .safetensors files.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace ulam::io {

struct ShardIndex {
  std::map<std::string, std::string> file_of;  // tensor -> name of a file beside the index
  std::vector<std::string> files;              // each once, sorted
};

/// Reads {"metadata": {...}, "weight_map": {tensor: file}}. File names are plain names that end in
/// .safetensors: a name that holds a slash, or is no such file (a pickle), is refused, so nothing outside of
/// the index's folder is ever opened. Throws Error(file) naming `place` and the tensor.
ShardIndex parse_shard_index(const nlohmann::json& json, std::string_view place);

/// Throws Error(file) unless `name` is the plain name of a .safetensors file in the same folder: no folder in
/// it, not a pickle (.bin, .ckpt, .pt, .pth, .pkl), which could run code when it is read.
void check_weights_name(const std::string& name, std::string_view place);

}  // namespace ulam::io
