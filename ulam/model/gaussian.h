#pragma once
// Data seen as a Gaussian: the posterior mean and the probability-flow ODE then have closed forms.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "ulam/model/model.h"

namespace ulam {

/// N(mean, C) of d numbers with C = U' diag(values) U + rest (I - U' U): r directions in full, the others by
/// their mean variance. Tensors are double, contiguous, on the CPU.
struct Gaussian {
  at::Tensor mean;     // [d]
  at::Tensor vectors;  // U [r, d], orthonormal rows
  at::Tensor values;   // [r], >= 0, falling
  double rest = 0;     // mean eigenvalue of the d - r other directions

  std::int64_t dimension() const { return mean.numel(); }
  std::int64_t rank() const { return values.numel(); }
  /// Trace of C.
  double variance() const;
};

/// From a mean [d] and a covariance [d, d] (symmetric, its lower triangle is read): the `rank` largest
/// eigenpairs, without those whose eigenvalue is below `least`; what is left goes into `rest`. Negative
/// eigenvalues of rounding count as 0. Cost: O(d^3). Throws Error(shape | option) for sizes or a rank < 0,
/// Error(numeric) for NaN or infinity.
Gaussian make_gaussian(const at::Tensor& mean, const at::Tensor& covariance, std::int64_t rank,
                       double least = 0);

/// D = E[x0 | x] at marginal m: mean + C a (a^2 C + s^2 I)^-1 (x - a mean). Where s = 0, x/a. x [rows, ...]
/// of d numbers each, float or double; same shape and dtype back, arithmetic in double. Bits of a row depend
/// on nothing but the row. Differentiable in x. Cost: 4 d r operations a row. Throws Error(shape). Source:
/// Wang and Vastola 2024, arXiv 2412.09726, eq. 6.
at::Tensor denoise(const Gaussian& gaussian, const at::Tensor& x, const Marginal& m);

/// Where the probability-flow ODE takes x from one marginal to another, exactly, in either direction:
///   x_t = a_t mean + sqrt((s_t^2 + a_t^2 C) / (s_T^2 + a_T^2 C)) (x_T - a_T mean).
/// Any path; a_T = 0 and s_t = 0 are fine. Shapes, bits, gradients and cost as denoise. Throws Error(numeric)
/// where `from` has no noise, Error(shape). Source: arXiv 2412.09726, sec. 4 (there in x/a and s/a).
at::Tensor teleport(const Gaussian& gaussian, const at::Tensor& x, const Marginal& from, const Marginal& to);

/// The Gaussian of a data set and, where it has classes, one a class.
struct GaussianSet {
  Gaussian all;
  std::vector<Gaussian> classes;  // empty, or by class number
  std::int64_t rows = 0;          // of the data set; 0 = exact
  double data_low = -1, data_high = 1;
  std::string data;              // its name, for people
  std::optional<double> sigma;   // s/a down to which the Gaussian may stand for the network
  bool sigma_by_rule = false;    // a rule of thumb from the eigenvalues, not measured on a network
  std::uint64_t calibrated = 0;  // hash of the network that a measured sigma is of

  /// The Gaussian of a class; that of all for the null class and where there are none for classes.
  const Gaussian& of(std::int64_t label) const;
};
using GaussianSetPtr = std::shared_ptr<const GaussianSet>;

/// As for one Gaussian; the condition "label" picks each row's, other conditions do not matter.
at::Tensor denoise(const GaussianSet& set, const at::Tensor& x, const Marginal& m,
                   const Conditions& conditions);
at::Tensor teleport(const GaussianSet& set, const at::Tensor& x, const Marginal& from, const Marginal& to,
                    const Conditions& conditions);

/// Of all numbers that decide a result.
std::uint64_t hash_of(const GaussianSet& set);

}  // namespace ulam
