#pragma once
// A program of a network's own as a Model: what it is given, what its answer must be.
#include <memory>
#include <string>
#include <vector>

#include "ulam/model/foreign_config.h"
#include "ulam/model/trust.h"

namespace ulam {

/// A loaded program; calls may run in parallel.
class ForeignNetwork {
 public:
  virtual ~ForeignNetwork() = default;
  /// forward(x, t) or forward(x, t, label). Throws Error(unsupported) with the program's own words in one
  /// sentence, and where a gradient is wanted that it cannot give.
  virtual at::Tensor call(const std::vector<at::Tensor>& inputs) const = 0;
};

/// forward() gives the network x [rows, shape...] (scaled where the bundle says so), t [rows] of x's dtype
/// and, with classes, label int64 [rows] (without a label the number of classes, where that stands for none);
/// all on the CPU. The answer must have x's shape and dtype, else Error(shape). No taps, no perturbations.
/// `hash`: of the program.
ModelPtr make_foreign_model(std::shared_ptr<const ForeignNetwork> network, const ForeignConfig& config,
                            ModelInfo info, std::uint64_t hash);

/// Reads such a bundle. Throws Error(option) saying what trust means where there is none, before the
/// program's file is touched; Error(file | system) for a file that is missing or no such program;
/// Error(unsupported) where this build's libtorch cannot run it. Differentiable in x where it is TorchScript.
ModelPtr load_foreign_bundle(const std::string& folder, Trust trust);

}  // namespace ulam
