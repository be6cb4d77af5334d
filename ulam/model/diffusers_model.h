#pragma once
// A folder that diffusers saved, as a model to draw from.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "ulam/model/diffusers_scheduler.h"
#include "ulam/model/latent_decoder.h"
#include "ulam/model/network.h"

namespace ulam::diffusers {

/// True where the folder holds model_index.json, unet/config.json or transformer/config.json, or a
/// config.json with a "_class_name". Reads at most the last; never throws.
bool is_model_folder(const std::string& folder);

/// What the configurations say; no weights are read.
struct Description {
  std::string kind;       // class of the network
  std::string scheduler;  // class of the scheduler
  int classes = 0;
  std::uint64_t bytes = 0;  // of the weights, the decoder's included
};

struct LoadedModel {
  ModelPtr model;
  LatentDecoderPtr decoder;  // of a pipeline with an AutoencoderKL, whose model draws latents; else null
  nlohmann::json draw;       // of the scheduler: solver, grid, steps, post
  std::vector<std::string> warnings;  // what of the configurations is not heeded
};

/// Throws as load_model does for configurations.
Description describe(const std::string& folder);

/// Reads a folder of a pipeline (model_index.json, unet/ or transformer/, scheduler/, vae/ or vqvae/), of
/// such folders alone, or with everything in one place (config.json, scheduler_config.json). Without a
/// scheduler the model is taken for a DDPM, and a warning says so. Of an AutoencoderKL the decoder alone is
/// read; an autoencoder of another class is left out with a warning. Nothing is trusted: see Weights,
/// parse_unet2d, parse_dit, parse_vae, parse_scheduler. Throws Error(system | file | unsupported) in one
/// sentence: a part is missing, a network or scheduler of another class (with ours), a pipeline that needs
/// more than that, a network whose output is no prediction, latents that the decoder does not take. Memory:
/// the weights as float, once, and one tensor.
LoadedModel load_model(const std::string& folder);

/// The model of a network and a scheduler. `hash` of both with their weights. Guaranteed: the network sees
/// just what diffusers' pipeline would give it at the same state and timestep (real-valued times between the
/// table's are given as they are; the clean time -1 as 0). `class_names`: none, or one a class. Throws
/// Error(file) naming `place` where the two do not fit.
ModelPtr make_model(std::shared_ptr<const Network> network, int out_channels, const Scheduler& scheduler,
                    const std::string& name, std::uint64_t hash, const std::string& place,
                    std::vector<std::string> class_names = {});

}  // namespace ulam::diffusers
