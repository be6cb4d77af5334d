#include "ulam/model/diffusers_model.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/base/key.h"
#include "ulam/io/json.h"
#include "ulam/io/python_json.h"
#include "ulam/io/quote.h"
#include "ulam/model/convert.h"
#include "ulam/model/diffusers_unet.h"
#include "ulam/model/diffusers_weights.h"
#include "ulam/model/network_model.h"

namespace ulam::diffusers {
namespace {

namespace fs = std::filesystem;

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

/// What the network is told at time t, where the path has `m`.
double told(Clock clock, const Marginal& m, double t) {
  switch (clock) {
    case Clock::index:
      return std::max(t, 0.0);
    case Clock::level:
      return m.s;
    case Clock::log_level:
      return std::clamp(std::log(m.s / m.a) / 4, -5.0, 5.0);
    case Clock::thousand:
      return 1000 * m.s;
  }
  return t;
}

class FolderModel final : public Model {
 public:
  FolderModel(std::shared_ptr<const Network> network, const Scheduler& scheduler, ModelInfo info)
      : network_(std::move(network)), scheduler_(scheduler), info_(std::move(info)) {}
  const ModelInfo& info() const override { return info_; }

  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions,
                     Call& call) const override {
    check_rows(info_, x, t);
    check_call(info_, call);
    if (x.size(0) == 0) return at::empty_like(x);
    const at::Tensor times = t.contiguous();
    const double* time = times.data_ptr<double>();
    const auto rows = static_cast<std::size_t>(x.size(0));
    std::vector<double> clock(rows), in(rows), out(rows);
    for (std::size_t i = 0; i < rows; ++i) {
      const Marginal m = info_.path.at(time[i]);
      clock[i] = told(scheduler_.clock, m, time[i]);
      if (scheduler_.scaled_input) in[i] = edm_input(info_.head.sigma_data, m).c_in;
      // The network's answer is eps - x0, the path's time derivative is that times ds/dt.
      if (scheduler_.clock == Clock::thousand) out[i] = m.ds;
    }
    at::Tensor y = network_->forward(scheduler_.scaled_input ? x * per_row(in, x) : x,
                                     per_row(clock, x).view({-1}), conditions, call);
    if (scheduler_.learned_variance) y = y.slice(1, 0, info_.shape[0]).contiguous();
    return scheduler_.clock == Clock::thousand ? y * per_row(out, y) : y;
  }

 private:
  std::shared_ptr<const Network> network_;
  Scheduler scheduler_;
  ModelInfo info_;
};

struct Parts {
  fs::path network, scheduler;  // folder of config.json; scheduler_config.json, empty where there is none
  std::vector<std::string> warnings;
};

/// What a pipeline is made of beside network and scheduler, which the draw would need.
void check_index(const fs::path& file, std::vector<std::string>& warnings) {
  const nlohmann::json index = io::read_python_json(file.string());
  if (!index.is_object()) fail(ErrorKind::file, file.string(), "a JSON object is needed");
  if (!index.contains("unet"))
    fail(ErrorKind::unsupported, file.string(),
         "the pipeline has no 'unet'; folders of a UNet2DModel and a scheduler can be drawn from");
  for (const auto& [name, part] : index.items()) {
    if (name.starts_with("_") || name == "unet" || name == "scheduler" || !part.is_array() || part.empty() ||
        part[0].is_null())
      continue;
    if (name == "vae" || name == "vqvae")
      warnings.push_back(
          fmt::format("{}: the component '{}' is not run; draws are latents", file.string(), name));
    else
      fail(ErrorKind::unsupported, file.string(),
           "the pipeline needs the component {}, which is not known here; folders of a UNet2DModel and a "
           "scheduler can be drawn from",
           io::in_quotes(name));
  }
}

Parts parts_of(const std::string& folder) {
  const fs::path at = folder;
  std::error_code ignored;
  if (!fs::is_directory(at, ignored)) fail(ErrorKind::system, folder, "no such folder");
  Parts parts;
  if (is_file(at / "model_index.json")) check_index(at / "model_index.json", parts.warnings);
  parts.network = is_file(at / "unet/config.json") ? at / "unet" : at;
  if (!is_file(parts.network / "config.json"))
    fail(ErrorKind::system, folder,
         "holds neither unet/config.json nor config.json, which say what the network is");
  for (const fs::path& file : {at / "scheduler/scheduler_config.json", at / "scheduler_config.json"})
    if (parts.scheduler.empty() && is_file(file)) parts.scheduler = file;
  return parts;
}

Scheduler scheduler_of(const Parts& parts, const std::string& folder) {
  if (parts.scheduler.empty()) return standard_scheduler(folder);
  return parse_scheduler(io::read_python_json(parts.scheduler.string()), parts.scheduler.string());
}

nlohmann::json network_json(const std::string& place) {
  nlohmann::json json = io::read_python_json(place);
  const std::string kind = io::get_text(json, "_class_name", place);
  if (kind != "UNet2DModel")
    fail(ErrorKind::unsupported, place, "the network {} is not known here; valid: UNet2DModel{}",
         io::in_quotes(kind), nearest_name(kind, {"UNet2DModel"}).empty() ? "" : "; nearest: UNet2DModel");
  return json;
}

}  // namespace

bool is_model_folder(const std::string& folder) {
  const fs::path at = folder;
  if (is_file(at / "model_index.json") || is_file(at / "unet/config.json")) return true;
  if (!is_file(at / "config.json")) return false;
  try {
    return io::has_key(io::read_python_json((at / "config.json").string()), "_class_name");
  } catch (const Error&) {
    return false;
  }
}

ModelPtr make_model(std::shared_ptr<const Network> network, int out_channels, const Scheduler& s,
                    const std::string& name, std::uint64_t hash, const std::string& place) {
  ModelInfo info;
  info.name = name;
  info.path = s.path;
  info.head = s.head;
  info.shape = network->shape();
  const std::int64_t wanted = info.shape.at(0) * (s.learned_variance ? 2 : 1);
  if (out_channels != wanted)
    fail(ErrorKind::file, place, "the network answers {} channels, {} with {} channels need {}", out_channels,
         s.name, info.shape[0], wanted);
  if (network->classes() > 0)
    info.conditions.push_back({"label", network->classes(), network->null_class(), {}});
  info.flops_per_row = network->flops_per_row();
  info.taps = network->taps();
  info.perturbations = network->perturbations();
  info.data_low = s.data_low;
  info.data_high = s.data_high;
  info.hash = hash_bytes(fmt::format("{} {} {} {} {}", s.path.json().dump(), name_of(s.head.kind),
                                     s.head.sigma_data, static_cast<int>(s.clock), s.learned_variance),
                         hash);
  return std::make_shared<FolderModel>(std::move(network), s, std::move(info));
}

Description describe(const std::string& folder) {
  const Parts parts = parts_of(folder);
  const std::string place = (parts.network / "config.json").string();
  const nlohmann::json json = network_json(place);
  const Unet2dConfig config = parse_unet2d(json, place);
  Description d;
  d.kind = json.at("_class_name").get<std::string>();
  d.scheduler = scheduler_of(parts, folder).name;
  d.classes = config.classes;
  d.bytes = Weights(parts.network.string()).bytes();
  return d;
}

LoadedModel load_model(const std::string& folder) {
  Parts parts = parts_of(folder);
  const std::string place = (parts.network / "config.json").string();
  const nlohmann::json json = network_json(place);
  const Unet2dConfig config = parse_unet2d(json, place);
  if (config.label == Unet2dConfig::Class::identity)
    fail(ErrorKind::unsupported, place,
         "field 'class_embed_type' is identity: the network wants an embedding for every sample, which a "
         "draw does not have");
  const Scheduler scheduler = scheduler_of(parts, folder);
  if (config.time == Unet2dConfig::Time::learned && config.timesteps < scheduler.path.table_size())
    fail(ErrorKind::file, place, "field 'num_train_timesteps' is {}, the scheduler has {}", config.timesteps,
         scheduler.path.table_size());
  Weights weights(parts.network.string());
  std::shared_ptr<const Network> network = make_unet2d(json, config, &weights);
  weights.finish();
  fs::path named = fs::path(folder).lexically_normal();
  if (!named.has_filename()) named = named.parent_path();
  LoadedModel loaded;
  loaded.model = make_model(std::move(network), config.out_channels, scheduler, named.filename().string(),
                            hash_bytes(json.dump(), weights.hash()), place);
  loaded.draw = scheduler.draw;
  loaded.warnings = std::move(parts.warnings);
  for (const auto* more : {&config.warnings, &scheduler.warnings})
    loaded.warnings.insert(loaded.warnings.end(), more->begin(), more->end());
  return loaded;
}

}  // namespace ulam::diffusers
