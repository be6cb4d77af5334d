#pragma once
// Random choices of searches, one after the other, from a key.
#include <array>
#include <span>

#include "ulam/base/key.h"
#include "ulam/kernels/normal.h"

namespace ulam {

/// A sequence that is a pure function of (seed, id): Stream::search, draw 0 for uniforms, 1 for normals.
class Dice {
 public:
  Dice(std::uint64_t seed, std::uint64_t id)
      : uniforms_{make_key(seed, Stream::search), id, 0}, normals_{make_key(seed, Stream::search), id, 1} {}
  double uniform() { return random_uniform(uniforms_, used_++); }  // in (0, 1)
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  bool chance(double p) { return uniform() < p; }
  /// 0 .. bound - 1; bound >= 1.
  std::size_t below(std::size_t bound) {
    return random_below(uniforms_, used_++, static_cast<std::uint32_t>(bound));
  }
  double normal() {
    std::array<double, 1> z{};
    kernels::fill_normal(normals_, normal_used_++, std::span<double>(z));
    return z[0];
  }
  /// An index drawn by weights, which are positive and sum to 1.
  std::size_t choice(std::span<const double> weights) {
    double left = uniform();
    for (std::size_t i = 0; i + 1 < weights.size(); ++i)
      if ((left -= weights[i]) < 0) return i;
    return weights.size() - 1;
  }

 private:
  RowKey uniforms_, normals_;
  std::uint64_t used_ = 0, normal_used_ = 0;
};

}  // namespace ulam
