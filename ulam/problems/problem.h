#pragma once
// Exact problems: models whose every answer is known in closed form, at any noise level of any path.
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "ulam/model/model.h"
#include "ulam/problems/density.h"

namespace ulam {

class Problem;
using ProblemPtr = std::shared_ptr<const Problem>;

/// How a density is dressed up as a model.
struct ProblemSettings {
  std::string name = "problem";
  Path path = Path::edm();
  Head head;                           // default: data prediction
  at::ScalarType dtype = at::kDouble;  // kDouble or kFloat; arithmetic is double in both
  std::vector<std::int64_t> shape;     // of a row; empty = {dimension}
  double data_low = -1, data_high = 1;
  std::uint64_t hash = 0;  // of the data; info().hash mixes in path, head and dtype
  /// On a path with a centre mu: mu = x0 + centre_noise xi with xi standard normal (a degraded input, of
  /// which the model knows), or 0: mu says nothing of x0.
  double centre_noise = 0;
};

/// A density with a path and a head. Everything runs on the CPU, row by row in double; the bits of a row do
/// not depend on batch, order or threads (S2). x is [rows, shape...] of info().dtype, t [rows] double on the
/// CPU; other shapes, dtypes and devices throw Error(shape | unsupported), times outside the path
/// Error(numeric). The condition "label" (int64 [rows], value `classes` = null) picks a class where the
/// problem has classes.
///
/// On a path with a centre x = a x0 + (1 - a) mu + s eps, and every question needs the condition "centre", mu
/// in rows like x. Where mu tells of x0 (centre_noise > 0), D = E[x0 | x, mu]: two Gaussian observations are
/// one, so it is as exact as ever. log_density and score throw Error(unsupported) there.
class Problem final : public Model, public std::enable_shared_from_this<Problem> {
 public:
  /// Throws Error(option) when the settings do not fit the density.
  static ProblemPtr make(DensityPtr density, ProblemSettings settings);

  const ModelInfo& info() const override { return info_; }
  /// D = E[x0 | x_t] put through from_data(head) row by row. At s = 0, D = x/a; the other heads then throw
  /// Error(numeric). Differentiable once in x (closed-form Jacobian product); asking for second derivatives
  /// throws Error(unsupported), as do perturbations and taps.
  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions,
                     Call& call) const override;
  /// D whatever the head. Differentiable once in x.
  at::Tensor denoise(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions = {}) const;
  /// log p_t(x), [rows] double. Differentiable once in x. At s = 0 the density of the data themselves, which
  /// point masses do not have: Error(numeric).
  at::Tensor log_density(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions = {}) const;
  /// grad log p_t(x) by its own formula (not through D), shape and dtype of x. Needs s > 0. Not
  /// differentiable.
  at::Tensor score(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions = {}) const;

  /// Exact samples of the data, one row an id: a pure function of (seed, id, label) in Stream::data.
  at::Tensor sample(std::span<const std::uint64_t> ids, std::uint64_t seed,
                    const Conditions& conditions = {}) const;
  /// Exact samples of the marginal at t: a x0 + s eps with the x0 of sample(), plus (1 - a) mu on a path with
  /// a centre.
  at::Tensor sample_at(double t, std::span<const std::uint64_t> ids, std::uint64_t seed,
                       const Conditions& conditions = {}) const;

  /// Mean [shape...] and covariance [d, d] of the data (of one class if label >= 0), double. The marginal at
  /// t has a mean and a^2 covariance + s^2 I.
  at::Tensor mean(int label = -1) const;
  at::Tensor covariance(int label = -1) const;

  std::int64_t dimension() const { return density_->dimension(); }
  const DensityPtr& density() const { return density_; }
  /// The same data on another path, under another head, or in another dtype (kDouble or kFloat).
  ProblemPtr with_path(const Path& path) const;
  ProblemPtr with_head(const Head& head) const;
  ProblemPtr with_dtype(at::ScalarType dtype) const;

  Problem(DensityPtr density, ProblemSettings settings);  // use make()

 private:
  at::Tensor centred(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions,
                     const Head* head) const;
  DensityPtr density_;
  ProblemSettings settings_;
  ModelInfo info_;
};

}  // namespace ulam
