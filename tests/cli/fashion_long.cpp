// The shipped models still draw what they are asked for. Statistical.
#include <cmath>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "ulam/draw/draw.h"
#include "ulam/model/bundle.h"

namespace ulam::fashion_long {
namespace {

std::string shipped(const std::string& name) { return std::string(ULAM_SHIPPED_MODELS) + "/" + name; }

at::Tensor classes_of(const at::Tensor& pictures) {
  const auto classifier = load_bundle(shipped("fashion-features"));
  at::NoGradGuard no_grad;
  std::vector<at::Tensor> out;
  for (const at::Tensor& rows : pictures.split(64)) {
    Call call;
    const at::Tensor t = at::full({rows.size(0)}, classifier->info().path.t_data(), at::kDouble);
    out.push_back(classifier->forward(rows.contiguous(), t, {}, call).argmax(1));
  }
  return at::cat(out);
}

double share_recognised(const std::string& model, std::int64_t count, int steps) {
  DrawRequest request{Field(load_bundle(shipped(model)))};
  request.solver = "ddim";
  request.steps = steps;
  request.count = count;
  const at::Tensor labels = at::arange(count, at::kLong).remainder(10);
  request.conditions["label"] = labels;
  return (classes_of(draw(request).samples) == labels).to(at::kDouble).mean().item<double>();
}

// 10,000 draws at 50 steps gave 89.4 % (the card). Here 600 at 20 steps: 5 sigma of a share of .89 is .064,
// and fewer steps cost a little; wrong labels give .1, a broken network less than half.
TEST(FashionLong, StatisticalTheClassThatWasAskedForIsRecognised) {
  EXPECT_GT(share_recognised("fashion", 600, 20), .80);
}

// The sibling for guidance is worse, but draws garments of the class asked for more often than not.
TEST(FashionLong, StatisticalTheWeakSiblingIsWeakerButNoNoise) {
  const double weak = share_recognised("fashion-weak", 300, 20);
  EXPECT_GT(weak, .4);
  EXPECT_LT(weak, share_recognised("fashion", 300, 20));
}

// Fresh noise gives fresh pictures: no two of a class are near copies (the smallest distance of 100
// trousers).
TEST(FashionLong, DrawsOfOneClassDiffer) {
  DrawRequest request{Field(load_bundle(shipped("fashion")))};
  request.solver = "heun";
  request.steps = 8;
  request.count = 100;
  request.conditions["label"] = at::ones({100}, at::kLong);
  const at::Tensor rows = draw(request).samples.reshape({100, -1});
  const at::Tensor apart = at::cdist(rows, rows) + at::eye(100) * 1e3;
  EXPECT_GT(apart.min().item<double>(), 1.0);  // 784 pixels in [-1, 1]
}

}  // namespace
}  // namespace ulam::fashion_long
