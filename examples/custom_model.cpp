// A model of your own: anything that predicts from noisy rows. This one knows that the data are N(3, 0.25)
// and predicts the noise; the solver needs no more than info() and forward().
#include <cstdio>
#include <memory>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/draw/draw.h"

class NormalModel : public ulam::Model {
 public:
  NormalModel() {
    info_.name = "normal";
    info_.path = ulam::Path::vp();
    info_.head.kind = ulam::Prediction::noise;
    info_.shape = {4};
    info_.dtype = at::kDouble;
  }
  const ulam::ModelInfo& info() const override { return info_; }
  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const ulam::Conditions&,
                     ulam::Call&) const override {
    at::Tensor out = at::empty_like(x);
    for (int r = 0; r < x.size(0); ++r) {
      const ulam::Marginal m = info_.path.at(t[r].item<double>());
      out[r].copy_((x[r] - 3 * m.a) * (m.s / (m.a * m.a * 0.25 + m.s * m.s)));  // E[eps | x]
    }
    return out;
  }

 private:
  ulam::ModelInfo info_;
};

int main() try {
  ulam::DrawRequest request{ulam::Field(std::make_shared<NormalModel>())};
  request.solver = "ddim";
  request.steps = 30;
  request.count = 500;
  const at::Tensor x = ulam::draw(request).samples;
  const double mean = x.mean().item<double>(), deviation = x.std().item<double>();
  std::printf("mean %.3f (3), deviation %.3f (0.5)\n", mean, deviation);
  return mean > 2.9 && mean < 3.1 ? 0 : 1;
} catch (const ulam::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
