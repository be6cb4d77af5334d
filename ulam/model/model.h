#pragma once
// What every draw calls: an immutable value that predicts from noisy rows. Networks and exact problems are models.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "ulam/path/prediction.h"

namespace ulam {

/// A condition of a model: "label" with `classes` values, the null class (if any) at index `classes`; or numbers, with no
/// classes, such as "observed" of a model that completes windows.
struct ConditionInfo {
  std::string name;
  int classes = 0;
  bool null_class = false;
  std::vector<std::string> class_names;  // empty or `classes` of them
};

struct ModelInfo {
  std::string name;
  Path path = Path::edm();
  Head head;
  std::vector<std::int64_t> shape;  // of one row, e.g. {1, 28, 28}
  at::ScalarType dtype = at::kFloat;
  std::vector<ConditionInfo> conditions;
  std::vector<std::string> outputs;  // names of a classifier's logits; empty = predicts from noisy rows, can be drawn from
  double flops_per_row = 0;
  std::uint64_t hash = 0;        // of configuration and weights
  double data_low = -1, data_high = 1;  // range of the data, for pictures
  bool exact = false;            // closed form: batch-invariant bits (S2)
  std::vector<std::string> taps;          // names of activations that can be tapped
  std::vector<std::string> perturbations; // "module:kind" that can be asked for
  int row_limit = 0;             // rows per call that run best; 0 = no preference
};

/// Modules of a network that a call may leave out (perturbation "skip"), in the network's order.
std::vector<std::string> modules_to_leave_out(const ModelInfo& info);

/// Condition rows by name, int64 or float tensors with one row per sample; an absent condition means "null".
using Conditions = std::map<std::string, at::Tensor>;

/// A change to a named module for some rows. `rows` is a bool tensor [rows]; undefined = all rows.
struct Perturbation {
  enum class Kind { identity_attention, blurred_attention, skip };
  std::string module;
  Kind kind = Kind::identity_attention;
  double strength = 1;  // blur: standard deviation in pixels of the attention map
  at::Tensor rows;
};

/// What a guidance method may ask of one network call. Tap results come back in `taps` by name.
struct Call {
  std::vector<Perturbation> perturbations;
  std::vector<std::string> wanted_taps;
  std::map<std::string, at::Tensor> taps;
};

class Model {
 public:
  virtual ~Model() = default;
  virtual const ModelInfo& info() const = 0;
  /// x [rows, shape...] of info().dtype, t [rows] double on the CPU, in the model's own path time. Returns the model's
  /// prediction (info().head), same shape and dtype as x; never an alias of x. Rows are independent; bitwise so where
  /// info().exact. Differentiable in x. Throws Error(shape | unsupported) naming what does not fit.
  virtual at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions, Call& call) const = 0;
};
using ModelPtr = std::shared_ptr<const Model>;

}  // namespace ulam
