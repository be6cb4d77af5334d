#pragma once
// The numbers of a network: named tensors, declared by its layers, initialised from keys, loaded strictly.
#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "ulam/io/array.h"
#include "ulam/io/safetensors.h"

namespace ulam {

struct NamedTensor {
  std::string name;
  at::Tensor tensor;
};

/// Where declared tensors come from in place of zeros: a file that is read as the network is built, so that no tensor is
/// allocated that the file does not hold, and none is copied twice.
class ParameterSource {
 public:
  virtual ~ParameterSource() = default;
  /// The float tensor of that name. Throws Error(file) when it is missing, of another shape or not finite.
  virtual at::Tensor take(const std::string& name, const std::vector<std::int64_t>& shape) = 0;
};

class Parameters {
 public:
  /// From now on `declare` takes its tensors from `source`, which must outlive the declarations; null: zeros again.
  void declare_from(ParameterSource* source) { source_ = source; }

  /// Declares a float tensor of zeros; `initialise` later fills it with fill + deviation * normal. Layers keep the returned
  /// handle, which stays the same tensor for the life of the network.
  at::Tensor declare(const std::string& name, const std::vector<std::int64_t>& shape, double deviation, double fill = 0);

  const std::vector<NamedTensor>& list() const { return list_; }
  std::int64_t count() const;

  /// Fills every tensor from (seed, Stream::init, position in the list): the same bits on every machine.
  void initialise(std::uint64_t seed);
  /// Tensors of a file whose names end so belong to no layer and are passed over: counters that others keep with weights.
  void pass_over(const std::string& ending) { passed_over_.push_back(ending); }

  /// Copies all values from a file's arrays. Throws Error(file) naming the tensor that is missing, of another shape, or
  /// unknown to the network. `prefix` is taken off the file's names; other names are then allowed.
  void load(const io::ArrayFile& file, const std::string& place, const std::string& prefix = "");
  /// The same from a file that is read here, straight into the tensors, on all threads. float32, float16, bfloat16 and float64
  /// are taken. Memory: the largest tensor a thread. Which of several faults is named may differ from call to call.
  void load(const io::SafetensorsFile& file);
  /// Appends all values, on the CPU and in float, to `file` under prefix + name; `half`: as float16, which throws
  /// Error(numeric) naming the tensor that it cannot hold.
  void store(io::ArrayFile& file, const std::string& prefix = "", bool half = false) const;
  /// Copies the values of equally declared parameters.
  void copy_from(const Parameters& other);
  void require_gradients(bool on);
  void to(at::Device device);

 private:
  struct Init {
    double deviation, fill;
  };
  bool passed_over(const std::string& name) const;

  std::vector<NamedTensor> list_;
  std::vector<Init> init_;
  std::vector<std::string> passed_over_;
  ParameterSource* source_ = nullptr;
};

}  // namespace ulam
