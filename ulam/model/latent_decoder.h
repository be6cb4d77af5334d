#pragma once
// What turns latents that a model draws into pictures.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace ulam {

struct DecoderInfo {
  std::string name;                  // class and folder, for reports
  std::vector<std::int64_t> latent;  // of one row that comes in: {4, 32, 32}
  std::vector<std::int64_t> shape;   // of one row that comes out: {3, 256, 256}
  double low = -1, high = 1;         // range of what comes out
  double flops_per_row = 0;
  std::uint64_t hash = 0;  // of configuration and weights
};

/// An immutable value, like a model. Decoding is not an evaluation: no ledger counts it.
class LatentDecoder {
 public:
  virtual ~LatentDecoder() = default;
  virtual const DecoderInfo& info() const = 0;
  /// latents [rows, latent...] float as the model draws them -> [rows, shape...] float within [low, high].
  /// A row's bits do not depend on the others. Differentiable in the latents (where the range does not cut).
  /// Throws Error(shape) for latents of another shape or dtype. Memory: beside the result, that of one
  /// row.
  virtual at::Tensor decode(const at::Tensor& latents) const = 0;
};
using LatentDecoderPtr = std::shared_ptr<const LatentDecoder>;

}  // namespace ulam
