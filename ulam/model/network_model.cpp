#include "ulam/model/network_model.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/base/key.h"
#include "ulam/model/convert.h"
#include "ulam/model/in_parallel.h"

namespace ulam {

at::Tensor per_row(const std::vector<double>& values, const at::Tensor& like) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(like.dim()), 1);
  shape[0] = static_cast<std::int64_t>(values.size());
  at::Tensor out = at::empty(shape, at::kDouble);
  std::copy(values.begin(), values.end(), out.data_ptr<double>());
  return out.to(like.options());
}

ScaledInput scale_input(const Path& path, double sigma_data, const at::Tensor& x, const at::Tensor& t) {
  const std::int64_t rows = x.size(0);
  const double* times = t.data_ptr<double>();
  std::vector<double> scale(static_cast<std::size_t>(rows)), noise(scale.size());
  for (std::size_t i = 0; i < scale.size(); ++i) {
    const Marginal m = path.at(times[i]);
    scale[i] = 1 / std::sqrt(m.s * m.s + m.a * m.a * sigma_data * sigma_data);
    noise[i] = std::clamp(-path.half_log_snr(times[i]) / 4, -3.0, 3.0);
  }
  at::Tensor c = at::empty({rows}, at::kDouble);
  std::copy(noise.begin(), noise.end(), c.data_ptr<double>());
  return {x * per_row(scale, x), c.to(x.options())};
}

void check_rows(const ModelInfo& info, const at::Tensor& x, const at::Tensor& t) {
  const std::string place = "model '" + info.name + "'";
  if (x.dim() != static_cast<std::int64_t>(info.shape.size()) + 1 || x.sizes().slice(1) != at::IntArrayRef(info.shape))
    fail(ErrorKind::shape, place, "rows of shape {}, the model takes {}", shape_text(x.sizes().slice(1)), shape_text(info.shape));
  if (x.scalar_type() != info.dtype) fail(ErrorKind::shape, place, "dtype {}, the model takes {}", at::toString(x.scalar_type()), at::toString(info.dtype));
  if (t.dim() != 1 || t.size(0) != x.size(0) || t.scalar_type() != at::kDouble || !t.is_cpu())
    fail(ErrorKind::shape, place, "times must be double [{}] on the CPU", x.size(0));
}

void check_call(const ModelInfo& info, const Call& call) {
  const auto in = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (const std::string& tap : call.wanted_taps)
    if (!in(info.taps, tap)) fail(ErrorKind::unsupported, "tap '" + tap + "'", "model '{}' has the taps: {}", info.name, joined(info.taps));
  for (const Perturbation& p : call.perturbations) {
    const char* kind = p.kind == Perturbation::Kind::identity_attention  ? ":identity_attention"
                       : p.kind == Perturbation::Kind::blurred_attention ? ":blurred_attention"
                                                                         : ":skip";
    if (!in(info.perturbations, p.module + kind))
      fail(ErrorKind::unsupported, "perturbation '" + p.module + kind + "'", "model '{}' has: {}", info.name, joined(info.perturbations));
  }
}

namespace {

/// Kernels stand channels-last in memory; taken so, no tensor is copied.
std::uint64_t hash_of(const at::Tensor& tensor) {
  at::Tensor plain = tensor.detach().to(at::kCPU);
  plain = (plain.dim() == 4 ? plain.permute({0, 2, 3, 1}) : plain).contiguous();
  return hash_block({static_cast<const char*>(plain.data_ptr()), plain.nbytes()});
}

std::uint64_t hash_of(const Network& network, const ModelInfo& info) {
  const std::string text = network.config().dump() + info.path.json().dump() + name_of(info.head.kind) + fmt::format("{:.17g}", info.head.sigma_data);
  const auto& list = network.parameters().list();
  std::vector<std::uint64_t> hashes(list.size());
  in_parallel(list.size(), [&](std::size_t i) { hashes[i] = hash_of(list[i].tensor); });
  return hash_bytes({reinterpret_cast<const char*>(hashes.data()), hashes.size() * sizeof hashes[0]}, hash_bytes(text));
}

}  // namespace

NetworkModel::NetworkModel(std::shared_ptr<const Network> network, ModelInfo info) : network_(std::move(network)), info_(std::move(info)) {
  info_.shape = network_->shape();
  info_.taps = network_->taps();
  info_.perturbations = network_->perturbations();
  info_.flops_per_row = network_->flops_per_row();
  info_.dtype = at::kFloat;
  std::vector<std::string> names = info_.conditions.empty() ? std::vector<std::string>{} : info_.conditions.front().class_names;
  info_.conditions.clear();
  info_.outputs.clear();
  const int named = std::max(network_->classes(), network_->outputs());
  if (!names.empty() && static_cast<int>(names.size()) != named)
    fail(ErrorKind::option, "model '" + info_.name + "'", "{} class names for {} classes", names.size(), named);
  if (network_->classes() > 0) info_.conditions.push_back({"label", network_->classes(), network_->null_class(), names});
  for (const ConditionInfo& c : network_->conditions()) info_.conditions.push_back(c);
  for (int i = 0; i < network_->outputs(); ++i)
    info_.outputs.push_back(names.empty() ? std::to_string(i) : names[static_cast<std::size_t>(i)]);
  info_.hash = hash_of(*network_, info_);
}

at::Tensor NetworkModel::forward(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions, Call& call) const {
  check_rows(info_, x, t);
  check_call(info_, call);
  if (x.size(0) == 0) return at::empty_like(x);
  if (network_->plain_input()) return network_->forward(x, t.to(x.options()), conditions, call);
  const ScaledInput in = scale_input(info_.path, info_.head.sigma_data, x, t.contiguous());
  return network_->forward(in.x, in.c_noise, conditions, call);
}

}  // namespace ulam
