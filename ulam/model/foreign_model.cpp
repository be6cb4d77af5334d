#include "ulam/model/foreign_model.h"

#include <filesystem>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/base/key.h"
#include "ulam/io/digest.h"
#include "ulam/model/aotinductor.h"
#include "ulam/model/convert.h"
#include "ulam/model/network.h"
#include "ulam/model/network_model.h"
#include "ulam/model/torchscript.h"

namespace ulam {
namespace {

class ForeignModel final : public Model {
 public:
  ForeignModel(std::shared_ptr<const ForeignNetwork> network, ForeignConfig config, ModelInfo info)
      : network_(std::move(network)), config_(std::move(config)), info_(std::move(info)) {}
  const ModelInfo& info() const override { return info_; }

  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions,
                     Call& call) const override {
    check_rows(info_, x, t);
    check_call(info_, call);
    if (x.size(0) == 0) return at::empty_like(x);
    std::vector<at::Tensor> inputs = {x, t.to(x.options())};
    if (config_.scaled || config_.time == ForeignConfig::Time::c_noise) {
      const ScaledInput in = scale_input(info_.path, info_.head.sigma_data, x, t.contiguous());
      if (config_.scaled) inputs[0] = in.x;
      if (config_.time == ForeignConfig::Time::c_noise) inputs[1] = in.c_noise;
    }
    if (config_.classes > 0 || !conditions.empty()) {
      at::Tensor label = label_rows(conditions, x.size(0), config_.classes, config_.null_class, x.device());
      if (config_.classes > 0) inputs.push_back(std::move(label));
    }
    at::Tensor out = network_->call(inputs);
    const std::string place = "model '" + info_.name + "'";
    if (!out.defined()) fail(ErrorKind::shape, place, "the network answered with nothing");
    if (out.sizes() != x.sizes() || out.scalar_type() != x.scalar_type() || !out.is_cpu() ||
        out.layout() != at::kStrided)
      fail(ErrorKind::shape, place, "the network answered with {} {} on {} for rows of {} {}",
           at::toString(out.scalar_type()), shape_text(out.sizes()), out.device().str(),
           at::toString(x.scalar_type()), shape_text(x.sizes()));
    // The answer must be neither the state, which solvers write over, nor a tensor that the network keeps.
    return out.contiguous().clone();
  }

 private:
  std::shared_ptr<const ForeignNetwork> network_;
  ForeignConfig config_;
  ModelInfo info_;
};

}  // namespace

ModelPtr make_foreign_model(std::shared_ptr<const ForeignNetwork> network, const ForeignConfig& config,
                            ModelInfo info, std::uint64_t hash) {
  info.shape = config.shape;
  info.dtype = config.dtype;
  std::vector<std::string> names =
      info.conditions.empty() ? std::vector<std::string>{} : info.conditions.front().class_names;
  info.conditions.clear();
  if (config.classes > 0)
    info.conditions.push_back({"label", config.classes, config.null_class, std::move(names)});
  const std::string meaning =
      fmt::format("{} {} {:.17g} {} {} {}", info.path.json().dump(), name_of(info.head.kind),
                  info.head.sigma_data, static_cast<int>(config.time), config.scaled, config.null_class);
  info.hash = hash_bytes(meaning, hash);
  return std::make_shared<ForeignModel>(std::move(network), config, std::move(info));
}

ModelPtr load_foreign_bundle(const std::string& folder, Trust trust) {
  const BundleConfig bundle = read_bundle_config(folder);
  const ForeignConfig config =
      parse_foreign_config(bundle, (std::filesystem::path(folder) / "model.json").string() + ": network");
  const std::string file = (std::filesystem::path(folder) / config.file).string();
  const bool script = config.kind == "torchscript";
  if (trust != Trust::code)
    fail(ErrorKind::option, file,
         "holds a network as {}, which can run any code when it is opened; where you trust who made it, open "
         "it with "
         "--trust (in Python trust=True)",
         script ? "TorchScript" : "an AOTInductor package");
  const std::uint64_t hash = io::digest_file(file);
  return make_foreign_model(
      script ? load_torchscript(file, config.classes > 0 ? 3 : 2) : load_aotinductor(file), config,
      info_of(bundle), hash);
}

}  // namespace ulam
