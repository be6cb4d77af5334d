#include "ulam/model/diffusers_model.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/base/key.h"
#include "ulam/io/json.h"
#include "ulam/io/python_json.h"
#include "ulam/model/convert.h"
#include "ulam/model/diffusers_network.h"
#include "ulam/model/diffusers_pipeline.h"
#include "ulam/model/diffusers_vae.h"
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

Scheduler scheduler_of(const PipelineParts& parts, const std::string& folder) {
  if (parts.scheduler.empty()) return standard_scheduler(folder);
  return parse_scheduler(io::read_python_json(parts.scheduler), parts.scheduler);
}

struct VaeFile {
  std::string place;
  nlohmann::json json;
  VaeConfig config;
};

VaeFile read_vae_file(const std::string& folder) {
  VaeFile file;
  file.place = folder + "/config.json";
  file.json = io::read_python_json(file.place);
  file.config = parse_vae(file.json, file.place);
  return file;
}

LatentDecoderPtr load_decoder(const std::string& folder, const std::vector<std::int64_t>& latent,
                              std::vector<std::string>& warnings) {
  const VaeFile file = read_vae_file(folder);
  check_latents(file.config, latent, file.place);
  Weights weights(folder);
  auto autoencoder = std::make_shared<Autoencoder>(file.config, &weights, false);
  weights.finish({"encoder.", "quant_conv."});
  warnings.insert(warnings.end(), file.config.warnings.begin(), file.config.warnings.end());
  return make_latent_decoder(std::move(autoencoder), latent, "AutoencoderKL",
                             hash_bytes(file.json.dump(), weights.hash()), file.place);
}

}  // namespace

bool is_model_folder(const std::string& folder) {
  const fs::path at = folder;
  for (const char* file : {"model_index.json", "unet/config.json", "transformer/config.json"})
    if (is_file(at / file)) return true;
  if (!is_file(at / "config.json")) return false;
  try {
    return io::has_key(io::read_python_json((at / "config.json").string()), "_class_name");
  } catch (const Error&) {
    return false;
  }
}

ModelPtr make_model(std::shared_ptr<const Network> network, int out_channels, const Scheduler& s,
                    const std::string& name, std::uint64_t hash, const std::string& place,
                    std::vector<std::string> class_names) {
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
    info.conditions.push_back({"label", network->classes(), network->null_class(), std::move(class_names)});
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
  const PipelineParts parts = find_parts(folder);
  const NetworkFile file = read_network_file(parts.network);
  Description d;
  d.kind = file.kind;
  d.scheduler = scheduler_of(parts, folder).name;
  d.classes = file.classes();
  d.bytes = Weights(parts.network).bytes();
  if (!parts.decoder.empty()) d.bytes += Weights(parts.decoder).bytes();
  return d;
}

LoadedModel load_model(const std::string& folder) {
  PipelineParts parts = find_parts(folder);
  const NetworkFile file = read_network_file(parts.network);
  Scheduler scheduler = scheduler_of(parts, folder);
  if (const Unet2dConfig* unet = file.unet()) {
    if (unet->label == Unet2dConfig::Class::identity)
      fail(ErrorKind::unsupported, file.place,
           "field 'class_embed_type' is identity: the network wants an embedding for every sample, which a "
           "draw does not have");
    if (unet->time == Unet2dConfig::Time::learned && unet->timesteps < scheduler.path.table_size())
      fail(ErrorKind::file, file.place, "field 'num_train_timesteps' is {}, the scheduler has {}",
           unet->timesteps, scheduler.path.table_size());
  } else if (file.out_channels() == 2 * file.in_channels()) {
    // A DiT's second half is the learned variance whatever its scheduler does with it.
    scheduler.learned_variance = true;
  }
  LoadedModel loaded;
  loaded.warnings = std::move(parts.warnings);
  for (const std::vector<std::string>* more : {&file.warnings(), &std::as_const(scheduler).warnings})
    loaded.warnings.insert(loaded.warnings.end(), more->begin(), more->end());
  if (!parts.decoder.empty()) loaded.decoder = load_decoder(parts.decoder, file.shape(), loaded.warnings);
  std::uint64_t hash = 0;
  std::shared_ptr<const Network> network = load_network(file, parts.network, hash);
  std::vector<std::string> names =
      class_names_of(parts.class_names, network->classes(), folder + "/model_index.json");
  fs::path named = fs::path(folder).lexically_normal();
  if (!named.has_filename()) named = named.parent_path();
  loaded.model = make_model(std::move(network), file.out_channels(), scheduler, named.filename().string(),
                            hash, file.place, std::move(names));
  loaded.draw = scheduler.draw;
  return loaded;
}

}  // namespace ulam::diffusers
