#pragma once
// Which parts a folder that diffusers saved is made of. No torch here.
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace ulam::diffusers {

/// What model_index.json says.
struct PipelineIndex {
  std::string network;                              // its folder: "unet" or "transformer"
  std::map<std::string, std::string> autoencoders;  // "vae", "vqvae": the class; "" where none is named
  std::map<int, std::string> class_names;           // id2label, numbers from 0 to 2^24
};

/// Throws Error(file | unsupported) naming place and field: no object, no network, a part that a draw would
/// need and that is not known here, names of classes that are no text or have no number.
PipelineIndex parse_pipeline_index(const nlohmann::json& json, const std::string& place);

struct PipelineParts {
  std::string network;                     // folder of the network's config.json and weights
  std::string scheduler;                   // scheduler_config.json; "" where there is none
  std::string decoder;                     // folder of an AutoencoderKL; "" where there is none
  std::map<int, std::string> class_names;  // id2label
  std::vector<std::string> warnings;       // parts that are not run
};

/// Finds unet/, transformer/, scheduler/, vae/ and vqvae/, or everything in one place (config.json,
/// scheduler_config.json), guided by model_index.json where there is one. Opens model_index.json and an
/// autoencoder's config.json, nothing else. Throws Error(system | file | unsupported) in one sentence: no
/// such folder, no network, a part that the index names and that is missing, a part that a draw would need
/// and that is not known here, names of classes that are no text or no class.
PipelineParts find_parts(const std::string& folder);

/// `names` as a list of `classes` entries, the number where a class has no name; empty where there are none.
/// Control characters become spaces, all beyond 200 bytes is cut. Throws Error(file) naming `place` for a
/// number that is no class.
std::vector<std::string> class_names_of(const std::map<int, std::string>& names, int classes,
                                        const std::string& place);

}  // namespace ulam::diffusers
