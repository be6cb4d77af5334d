#pragma once
// A folder that holds a model, whoever wrote it: a bundle of ours, or what diffusers saved.
#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "ulam/model/latent_decoder.h"
#include "ulam/model/model.h"
#include "ulam/model/trust.h"

namespace ulam {

/// True for a bundle (model.json) and for a folder of diffusers (model_index.json, unet/config.json,
/// transformer/config.json, or config.json with a "_class_name").
bool is_model_folder(const std::string& folder);

struct FolderModel {
  ModelPtr model;
  LatentDecoderPtr decoder;                        // where the model draws latents of pictures; else null
  nlohmann::json draw = nlohmann::json::object();  // the recommended solver, grid, steps, post
  std::vector<std::string> warnings;               // what of the folder is not heeded
};
/// Reads a folder whole. Throws Error(system | file | option | unsupported) as load_bundle and
/// diffusers::load_model, and Error(system) naming both kinds for a folder that is neither. A bundle whose network
/// is a program of its own (load_foreign_bundle) is opened with Trust::code only, else Error(option).
FolderModel load_model_folder(const std::string& folder, Trust trust = Trust::none);

/// Whether the folder is a bundle that only Trust::code opens. Throws as read_bundle_config does.
bool needs_trust(const std::string& folder);

/// What a list of models says of a folder, from its configurations alone.
struct FolderCard {
  std::string kind;  // of the network: "unet", "UNet2DModel"
  int classes = 0;
  std::uint64_t bytes = 0;  // of the weights; 0 where they are missing
  std::string purpose;
  nlohmann::json model;  // model.json, or {"scheduler": CLASS}
};
/// Throws as load_model_folder does for configurations.
FolderCard read_folder_card(const std::string& folder);

}  // namespace ulam
