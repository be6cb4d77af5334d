#pragma once
// A standard normal, and the exact classifier of noised rows for an observation of it.
#include "tests/guide/support.h"

namespace ulam::guide_test {

inline constexpr double noise = 0.5, wanted = 0.8;  // y = x0 + N(0, noise) was seen to be `wanted`

/// The exact p(y | x_t) of x0 ~ N(0, 1) on the edm path as the first of two logits, up to a constant.
class Exact : public Model {
 public:
  Exact() {
    info_.name = "exact";
    info_.shape = {1};
    info_.dtype = at::kDouble;
    info_.path = Path::from_json({{"kind", "edm"}, {"sigma_min", 1e-4}, {"sigma_max", 80}}, "test");
    info_.outputs = {"yes", "no"};
    info_.hash = 78;
  }
  const ModelInfo& info() const override { return info_; }
  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const Conditions&, Call&) const override {
    const at::Tensor s2 = t.square().unsqueeze(1), mean = x / (1 + s2), variance = s2 / (1 + s2) + noise;
    const at::Tensor yes = -(mean - wanted).square() / (2 * variance) - 1;
    return at::cat({yes, (1 - yes.exp()).log()}, 1);
  }
  ModelInfo info_;
};
inline ModelFinder exact() {
  return [](const std::string&) { return std::make_shared<Exact>(); };
}
inline ProblemPtr standard_normal(const char* head = "data") {
  return problem_from_json({{"problem", "gaussian"},
                            {"mean", {0}},
                            {"variances", {1}},
                            {"head", head},
                            {"path", {{"kind", "edm"}, {"sigma_min", 1e-4}, {"sigma_max", 80}}}},
                           "test.json", "");
}
}  // namespace ulam::guide_test
