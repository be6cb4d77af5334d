#pragma once
// Networks: what is between the scaled input and the raw output of a model.
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <nlohmann/json_fwd.hpp>

#include "ulam/base/catalogue.h"
#include "ulam/model/model.h"
#include "ulam/model/parameters.h"

namespace ulam {

/// A network's parameters and its pure forward function. Not copyable: make another from config() and copy parameters.
class Network {
 public:
  virtual ~Network() = default;
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// x [rows, shape...] scaled to about unit size, c_noise [rows] of x's dtype (log(s/a)/4, bounded to [-3, 3]). Rows are
  /// independent. Differentiable in x, c_noise and the parameters. Output: [rows, output shape...].
  virtual at::Tensor forward(const at::Tensor& x, const at::Tensor& c_noise, const Conditions& conditions, Call& call) const = 0;

  const nlohmann::json& config() const { return *config_; }
  Parameters& parameters() { return parameters_; }
  const Parameters& parameters() const { return parameters_; }
  const std::vector<std::int64_t>& shape() const { return shape_; }
  const std::vector<std::string>& taps() const { return taps_; }
  const std::vector<std::string>& perturbations() const { return perturbations_; }
  /// Conditions beside the label: numbers, not classes.
  const std::vector<ConditionInfo>& conditions() const { return conditions_; }
  int classes() const { return classes_; }
  bool null_class() const { return null_class_; }
  /// Logits of a classifier, 0 for a denoising network (whose output has the input's shape).
  int outputs() const { return outputs_; }
  double flops_per_row() const { return flops_; }
  /// True of a network with conventions from elsewhere: `forward` then gets x as it stands on the path and, in c_noise's
  /// place, the path's time. Such networks are used here and not trained.
  bool plain_input() const { return plain_input_; }
  /// Arithmetic of convolutions in later calls: float (default) or bfloat16 (about twice as fast where the machine has it,
  /// relative error 4e-3; for training). Not for two threads at once.
  void compute_in(at::ScalarType type) { compute_ = type; }

 protected:
  explicit Network(const nlohmann::json& config);
  std::shared_ptr<const nlohmann::json> config_;
  Parameters parameters_;
  std::vector<std::int64_t> shape_;
  std::vector<std::string> taps_, perturbations_;
  std::vector<ConditionInfo> conditions_;
  int classes_ = 0;
  int outputs_ = 0;
  bool null_class_ = false;
  bool plain_input_ = false;
  double flops_ = 0;
  at::ScalarType compute_ = at::kFloat;
};

struct NetworkEntry : Entry {
  std::unique_ptr<Network> (*make)(const nlohmann::json& config, const std::string& place);
};
/// unet, mlp, classifier, series, cifar_resnet, csdi, plain_cnn.
const std::vector<NetworkEntry>& networks();

/// Makes a network from {"kind": "unet", ...}; its parameters are zero until initialised or loaded. Throws Error(option |
/// file) naming the field: unknown key, a value out of range.
std::unique_ptr<Network> make_network(const nlohmann::json& config, const std::string& place);

/// Reads the label rows of a call: int64 [rows] on `device`, absent = the null class. Throws Error naming a label out of range.
at::Tensor label_rows(const Conditions& conditions, std::int64_t rows, int classes, bool null_class, at::Device device);

}  // namespace ulam
