#include "ulam/model/model_folder.h"

#include <filesystem>

#include "ulam/base/error.h"
#include "ulam/model/bundle.h"
#include "ulam/model/diffusers_model.h"
#include "ulam/model/foreign_model.h"

namespace ulam {
namespace {

[[noreturn]] void neither(const std::string& folder) {
  std::error_code ignored;
  if (!std::filesystem::exists(folder, ignored)) fail(ErrorKind::system, folder, "no such folder");
  if (!std::filesystem::is_directory(folder, ignored)) fail(ErrorKind::system, folder, "is not a folder");
  fail(ErrorKind::system, folder,
       "holds no model: neither model.json (a bundle) nor model_index.json, unet/config.json, "
       "transformer/config.json or config.json (diffusers)");
}

}  // namespace

bool is_model_folder(const std::string& folder) {
  return is_bundle(folder) || diffusers::is_model_folder(folder);
}

bool needs_trust(const std::string& folder) {
  return is_bundle(folder) && is_foreign(read_bundle_config(folder));
}

FolderModel load_model_folder(const std::string& folder, Trust trust) {
  if (is_bundle(folder)) {
    const BundleConfig config = read_bundle_config(folder);
    return {is_foreign(config) ? load_foreign_bundle(folder, trust) : load_bundle(folder), nullptr,
            config.draw, {}};
  }
  if (!diffusers::is_model_folder(folder)) neither(folder);
  diffusers::LoadedModel loaded = diffusers::load_model(folder);
  return {std::move(loaded.model), std::move(loaded.decoder), std::move(loaded.draw),
          std::move(loaded.warnings)};
}

FolderCard read_folder_card(const std::string& folder) {
  FolderCard card;
  if (is_bundle(folder)) {
    const BundleConfig config = read_bundle_config(folder);
    card.kind = config.network.value("kind", "");
    card.classes = static_cast<int>(config.classes.size());
    if (is_foreign(config)) card.classes = parse_foreign_config(config, folder).classes;
    std::error_code error;
    const std::string file = is_foreign(config) ? parse_foreign_config(config, folder).file : "weights.safetensors";
    const auto bytes = std::filesystem::file_size(folder + "/" + file, error);
    if (!error) card.bytes = bytes;
    const auto purpose = config.card.find("purpose");
    if (purpose != config.card.end() && purpose->is_string()) card.purpose = purpose->get<std::string>();
    card.model = config.json();
    return card;
  }
  if (!diffusers::is_model_folder(folder)) neither(folder);
  const diffusers::Description d = diffusers::describe(folder);
  card.kind = d.kind;
  card.classes = d.classes;
  card.bytes = d.bytes;
  card.purpose = "diffusers folder, " + d.scheduler;
  card.model = {{"network", d.kind}, {"scheduler", d.scheduler}};
  return card;
}

}  // namespace ulam
