#pragma once
// A network with its path, prediction and data range: the Model that draws call, and the scaling around its network.
#include <memory>

#include "ulam/model/network.h"

namespace ulam {

/// The network's inputs for x_t at times t: x / sqrt(s^2 + a^2 sigma_data^2) (unit variance; EDM's c_in) and
/// c_noise = log(s/a)/4 bounded to [-3, 3] (EDM's), both for every prediction. t: double [rows] on the CPU.
struct ScaledInput {
  at::Tensor x, c_noise;
};
ScaledInput scale_input(const Path& path, double sigma_data, const at::Tensor& x, const at::Tensor& t);

/// A vector of doubles as a tensor like `like` that broadcasts over its rows: [rows, 1, ...].
at::Tensor per_row(const std::vector<double>& values, const at::Tensor& like);

class NetworkModel final : public Model {
 public:
  /// Takes the network, whose input is scaled by scale_input unless it is plain_input(); `info` as given but for shape, conditions, taps, perturbations, flops and hash, which are the
  /// network's (class names are kept). Throws Error(option) when info and network disagree.
  NetworkModel(std::shared_ptr<const Network> network, ModelInfo info);
  const ModelInfo& info() const override { return info_; }
  const Network& network() const { return *network_; }
  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions, Call& call) const override;

 private:
  std::shared_ptr<const Network> network_;
  ModelInfo info_;
};

/// Throws Error(shape) unless x is [rows, shape...] of the model's dtype and t double [rows] on the CPU.
void check_rows(const ModelInfo& info, const at::Tensor& x, const at::Tensor& t);

/// Throws Error(unsupported | shape) naming a tap or perturbation that the model lacks and those it has.
void check_call(const ModelInfo& info, const Call& call);

}  // namespace ulam
