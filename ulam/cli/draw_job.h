#pragma once
// What decides the result of a draw, as data: made from options, stored in every output, read back by
// --again.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "ulam/cli/command_line.h"
#include "ulam/cli/model_source.h"
#include "ulam/draw/draw.h"

namespace ulam::cli {

/// Options that decide the result (the record holds them); the others only say where it goes.
const std::vector<Parameter>& draw_parameters();

struct DrawJob {
  Options options;                     // of draw_parameters()
  std::vector<double> times;           // of --grid FILE
  std::optional<nlohmann::json> plan;  // of --plan FILE
  std::string tuned_plan;              // file that `plan` came from, where it is the model's own
  std::string noise_hash;              // of --noise FILE
  std::string centre_hash;             // of --centre FILE
  std::string model_hash, plan_hash;   // known after the first draw; checked by --again
  std::string guide_hash;              // of the models that guidance asks; checked by --again
  std::string decoder_hash;            // of what made pictures of latents; checked by --again
  std::string statistics_hash;         // of what a teleported start went by; checked by --again
};

/// Throws Error(option) where --ids stands beside --count or --first-id.
void check_ids(const Given& given);
/// The ids that --ids, or --count (`standard` where it is not given) and --first-id name.
std::vector<std::uint64_t> ids_of(const Options& o, std::int64_t standard);

/// From what was typed: reads the files behind --grid and --plan. Throws Error(option | file | system).
DrawJob make_job(const Given& given);

/// The same with what the user left open filled in: where steps but no solver, grid or start were asked for
/// and the model's folder holds plans/STEPS.json, made for just these weights, that tuned plan; else the
/// model's recommended solver with its grid and operation on the data estimate, and steps, else ddim and 18.
DrawJob with_defaults(const DrawJob& job, const Source& source);

/// The record; the ids in it are the samples that really came out.
nlohmann::json record_of(const DrawJob& job, const Source& source, const DrawResult& result);
/// The job of a record. Throws Error(file) naming `place` and the field that is missing or wrong.
DrawJob job_of(const nlohmann::json& record, const std::string& place);

/// Reads a state for the start from .npy, .npz or .safetensors (the array "noise", "samples" or "x", or the
/// only one), checks it against the rows of `info` and turns it into its dtype. Throws Error(shape) for a
/// shape or dtype that does not fit, Error(numeric) for NaN or infinity.
at::Tensor read_noise(const std::string& path, const ModelInfo& info);
/// The same for the centres of a mean-reverting path (the array "centre", "samples" or "x", or the only one).
at::Tensor read_centre(const std::string& path, const ModelInfo& info);

}  // namespace ulam::cli
