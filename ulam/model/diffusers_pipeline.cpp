#include "ulam/model/diffusers_pipeline.h"

#include <filesystem>

#include "ulam/base/error.h"
#include "ulam/base/text.h"
#include "ulam/io/json.h"
#include "ulam/io/python_json.h"
#include "ulam/io/quote.h"

namespace ulam::diffusers {
namespace {

namespace fs = std::filesystem;

constexpr int most_class = 1 << 24;

bool part_is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

bool is_autoencoder(const std::string& part) { return part == "vae" || part == "vqvae"; }

/// An autoencoder that can be run becomes the decoder, another one a warning.
void take_autoencoder(const fs::path& folder, const std::string& part, PipelineParts& parts) {
  const fs::path file = folder / part / "config.json";
  const std::string kind = io::get_text(io::read_python_json(file.string()), "_class_name", file.string());
  if (kind == "AutoencoderKL")
    parts.decoder = (folder / part).string();
  else
    parts.warnings.push_back(fmt::format("{}: the component '{}' is a {} and is not run; draws are latents",
                                         folder.string(), part, io::in_quotes(kind)));
}

std::map<int, std::string> read_class_names(const nlohmann::json& map, const std::string& place) {
  std::map<int, std::string> names;
  if (map.is_null()) return names;
  if (!map.is_object()) fail(ErrorKind::file, place, "field 'id2label' must be an object of class names");
  for (const auto& [number, name] : map.items()) {
    const auto key = parse_integer(number);
    if (!key || *key < 0 || *key > most_class)
      fail(ErrorKind::file, place, "field 'id2label' names the class {}; a number from 0 on is needed",
           io::in_quotes(number));
    if (!name.is_string())
      fail(ErrorKind::file, place, "field 'id2label': the name of class {} is no text", *key);
    names[static_cast<int>(*key)] = name.get<std::string>();
  }
  return names;
}

void take_index(const fs::path& folder, PipelineParts& parts) {
  const std::string place = (folder / "model_index.json").string();
  PipelineIndex index = parse_pipeline_index(io::read_python_json(place), place);
  parts.class_names = std::move(index.class_names);
  for (const auto& [name, kind] : index.autoencoders) {
    if (part_is_there(folder / name / "config.json"))
      take_autoencoder(folder, name, parts);
    else if (kind == "AutoencoderKL")
      fail(ErrorKind::system, place, "names the component '{}', but {}/config.json is missing", name, name);
    else
      parts.warnings.push_back(
          fmt::format("{}: the component '{}' is not run; draws are latents", place, name));
  }
}

}  // namespace

PipelineIndex parse_pipeline_index(const nlohmann::json& json, const std::string& place) {
  if (!json.is_object()) fail(ErrorKind::file, place, "a JSON object is needed");
  PipelineIndex index;
  for (const char* name : {"unet", "transformer"})
    if (index.network.empty() && json.contains(name)) index.network = name;
  if (index.network.empty())
    fail(ErrorKind::unsupported, place,
         "the pipeline has neither a 'unet' nor a 'transformer'; folders of a UNet2DModel or a "
         "DiTTransformer2DModel with a scheduler can be drawn from");
  for (const auto& [name, part] : json.items()) {
    if (name == "id2label") index.class_names = read_class_names(part, place);
    const bool named = part.is_array() && !part.empty() && !part[0].is_null();
    if (name.starts_with("_") || name == "scheduler" || name == index.network || !named) continue;
    if (!is_autoencoder(name))
      fail(ErrorKind::unsupported, place,
           "the pipeline needs the component {}, which is not known here; folders of a UNet2DModel or a "
           "DiTTransformer2DModel with a scheduler and perhaps an AutoencoderKL can be drawn from",
           io::in_quotes(name));
    index.autoencoders[name] = part.size() > 1 && part[1].is_string() ? part[1].get<std::string>() : "";
  }
  return index;
}

PipelineParts find_parts(const std::string& folder) {
  const fs::path at = folder;
  std::error_code ignored;
  if (!fs::is_directory(at, ignored)) fail(ErrorKind::system, folder, "no such folder");
  PipelineParts parts;
  if (part_is_there(at / "model_index.json"))
    take_index(at, parts);
  else if (part_is_there(at / "vae/config.json"))
    take_autoencoder(at, "vae", parts);
  for (const fs::path& place : {at / "unet", at / "transformer", at})
    if (parts.network.empty() && part_is_there(place / "config.json")) parts.network = place.string();
  if (parts.network.empty())
    fail(ErrorKind::system, folder,
         "holds neither unet/config.json nor transformer/config.json nor config.json, which say what the "
         "network is");
  for (const fs::path& file : {at / "scheduler/scheduler_config.json", at / "scheduler_config.json"})
    if (parts.scheduler.empty() && part_is_there(file)) parts.scheduler = file.string();
  return parts;
}

std::vector<std::string> class_names_of(const std::map<int, std::string>& names, int classes,
                                        const std::string& place) {
  if (names.empty() || classes == 0) return {};
  std::vector<std::string> out;
  for (int i = 0; i < classes; ++i) out.push_back(std::to_string(i));
  for (const auto& [number, name] : names) {
    if (number >= classes)
      fail(ErrorKind::file, place, "field 'id2label' names the class {}, the network has {}", number,
           classes);
    std::string shown = name.substr(0, 200);
    while (!io::is_utf8(shown)) shown.pop_back();  // not in the middle of a character
    for (char& c : shown)
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    out[static_cast<std::size_t>(number)] = shown;
  }
  return out;
}

}  // namespace ulam::diffusers
