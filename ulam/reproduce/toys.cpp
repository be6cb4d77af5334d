#include "ulam/reproduce/toys.h"

#include <cmath>

#include <ATen/ATen.h>

namespace ulam {
namespace {

class GuidedGaussian final : public Model {
 public:
  GuidedGaussian(const GaussianPair& pair, double w) : pair_(pair), w_(w) {
    info_.name = "guided Gaussian";
    info_.path = Path::vp();
    info_.head = Head{Prediction::noise, .5};
    info_.shape = {1};
    info_.dtype = at::kDouble;
    info_.exact = true;
  }
  const ModelInfo& info() const override { return info_; }

  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const Conditions&, Call&) const override {
    const at::Tensor rows = x.contiguous(), times = t.contiguous();
    at::Tensor out = at::empty_like(rows);
    for (std::int64_t r = 0; r < rows.numel(); ++r) {
      const Marginal m = info_.path.at(times.data_ptr<double>()[r]);
      const double v = rows.data_ptr<double>()[r];
      const Part one = part(v, m, pair_.mean, pair_.variance),
                 other = part(v, m, pair_.other_mean, pair_.other_variance);
      double unconditional = other.eps;
      if (pair_.mixed) {
        const double share = 1 / (1 + std::exp(other.log_density - one.log_density));
        unconditional = share * one.eps + (1 - share) * other.eps;
      }
      out.data_ptr<double>()[r] = unconditional + w_ * (one.eps - unconditional);
    }
    return out;
  }

 private:
  struct Part {
    double eps, log_density;
  };
  static Part part(double x, const Marginal& m, double mean, double variance) {
    const double spread = m.a * m.a * variance + m.s * m.s, d = x - m.a * mean;
    return {m.s * d / spread, -.5 * (d * d / spread + std::log(spread))};
  }
  GaussianPair pair_;
  double w_;
  ModelInfo info_;
};

class LowNoiseError final : public Model {
 public:
  LowNoiseError(ModelPtr model, double by) : model_(std::move(model)), by_(by) {}
  const ModelInfo& info() const override { return model_->info(); }
  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions,
                     Call& call) const override {
    const at::Tensor eps = model_->forward(x, t, conditions, call);
    std::vector<std::int64_t> column(static_cast<std::size_t>(eps.dim()), 1);
    column[0] = -1;
    return eps * (1 + by_ * (1 - t)).to(eps.scalar_type()).reshape(column);
  }

 private:
  ModelPtr model_;
  double by_;
};

}  // namespace

ModelPtr guided_gaussian(const GaussianPair& pair, double w) {
  return std::make_shared<GuidedGaussian>(pair, w);
}

ModelPtr with_low_noise_error(ModelPtr model, double by) {
  return std::make_shared<LowNoiseError>(std::move(model), by);
}

}  // namespace ulam
