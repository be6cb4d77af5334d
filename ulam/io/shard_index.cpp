#include "ulam/io/shard_index.h"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/io/json.h"
#include "ulam/io/quote.h"

namespace ulam::io {

void check_weights_name(const std::string& name, std::string_view place) {
  if (name.find('/') != name.npos || name.find('\\') != name.npos || name.find('\0') != name.npos)
    fail(ErrorKind::file, place, "{} leaves the folder; weights lie beside their index", in_quotes(name));
  for (const char* end : {".bin", ".ckpt", ".pt", ".pth", ".pkl", ".pickle"})
    if (name.ends_with(end))
      fail(ErrorKind::file, place,
           "{} is a pickle, which can run code when it is read, and is refused; save the model with "
           "safe_serialization=True",
           in_quotes(name));
  if (!name.ends_with(".safetensors") || name.size() == std::string_view(".safetensors").size())
    fail(ErrorKind::file, place, "{} is no .safetensors file", in_quotes(name));
}

ShardIndex parse_shard_index(const nlohmann::json& json, std::string_view place) {
  const nlohmann::json& map = get_object(json, "weight_map", place);
  if (map.empty()) fail(ErrorKind::file, place, "field 'weight_map' names no tensor");
  ShardIndex index;
  std::set<std::string> files;
  for (const auto& [tensor, file] : map.items()) {
    const std::string where = fmt::format("{}: weight_map: tensor {}", place, in_quotes(tensor));
    if (!file.is_string()) fail(ErrorKind::file, where, "its file must be a name, got {}", file.type_name());
    const auto name = file.get<std::string>();
    if (files.insert(name).second) check_weights_name(name, where);
    index.file_of.emplace(tensor, name);
  }
  index.files.assign(files.begin(), files.end());
  return index;
}

}  // namespace ulam::io
