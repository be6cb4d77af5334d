#pragma once
// Windows from N(0, C): the exact denoiser as a model, so that guided draws have closed forms.
#include <cmath>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/model/model.h"
#include "ulam/path/betas.h"

namespace ulam::test {

/// D = a C (a^2 C + s^2 I)^-1 x for rows [1, length], double, on the linear table of 100 entries to 0.1.
class GaussianWindow final : public Model {
 public:
  GaussianWindow(at::Tensor covariance, Prediction kind) : covariance_(std::move(covariance)) {
    info_.name = "gaussian window";
    info_.path = Path::discrete(linear_betas(100, 1e-4, .1));
    info_.head = Head{kind, 1};
    info_.shape = {1, covariance_.size(0)};
    info_.dtype = at::kDouble;
    info_.hash = 77;
  }
  const ModelInfo& info() const override { return info_; }
  /// D = matrix(m) x.
  at::Tensor matrix(const Marginal& m) const {
    const at::Tensor i = at::eye(covariance_.size(0), at::kDouble);
    return covariance_.matmul(at::inverse(covariance_ * (m.a * m.a) + i * (m.s * m.s))) * m.a;
  }
  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions,
                     Call&) const override {
    if (!conditions.empty()) throw Error(ErrorKind::unsupported, "the gaussian window takes no conditions");
    // All rows at one time, as draws ask.
    if (!t.eq(t[0]).all().item<bool>())
      throw Error(ErrorKind::unsupported, "the gaussian window takes one time");
    const Marginal m = info_.path.at(t[0].item<double>());
    const Affine to = from_data(info_.head, m);
    return x * to.of_x + x.matmul(matrix(m).t()) * to.of_p;
  }

 private:
  at::Tensor covariance_;
  ModelInfo info_;
};

/// Covariance of an autoregression of order 1 with unit variance: f^|i - j|.
inline at::Tensor ar1_covariance(std::int64_t n, double f) {
  const at::Tensor i = at::arange(n, at::kDouble);
  return at::pow(f, (i.view({n, 1}) - i.view({1, n})).abs());
}

}  // namespace ulam::test
