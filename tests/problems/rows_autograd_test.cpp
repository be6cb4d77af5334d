#include "tests/problems/cases.h"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

namespace ulam::rows_autograd_test {
namespace {

// Gradients of sum(w * forward) against central differences, every problem, path and head.
TEST(RowsAutograd, GradientsAgreeWithCentralDifferences) {
  for (const ProblemPtr& base : all_problems())
    for (const auto& [path, t] : some_times())
      for (Prediction kind : {Prediction::data, Prediction::noise}) {
        const ProblemPtr p = base->with_path(path)->with_head({kind});
        const at::Tensor tt = times(t, 4), w = rows_of(*p, t, 4, 9);
        at::Tensor x = rows_of(*p, t, 4).requires_grad_(true);
        Call call;
        const at::Tensor y = p->forward(x, tt, {}, call);
        EXPECT_TRUE(at::equal(y.detach(), p->forward(x.detach(), tt, {}, call)));
        const at::Tensor gradient = torch::autograd::grad({(y * w).sum()}, {x})[0];
        const double h = 1e-5;
        for (std::int64_t i = 0; i < p->dimension(); ++i) {
          at::Tensor up = x.detach().clone(), down = up.clone();
          up.select(1, i) += h;
          down.select(1, i) -= h;
          const at::Tensor slope =
              ((p->forward(up, tt, {}, call) - p->forward(down, tt, {}, call)) * w).sum(1) / (2 * h);
          EXPECT_LT(largest(slope - gradient.select(1, i)), 2e-6) << p->info().name << path.json();
        }
      }
}

TEST(RowsAutograd, GradientOfLogDensityIsTheScore) {
  const ProblemPtr p = named_problem("swissroll");
  const at::Tensor t = times(0.3, 5);
  at::Tensor x = rows_of(*p, 0.3, 5).requires_grad_(true);
  const at::Tensor gradient = torch::autograd::grad({p->log_density(x, t).sum()}, {x})[0];
  EXPECT_LT(largest(gradient - p->score(x, t)), 1e-14);
}

TEST(RowsAutograd, FloatInputsGetFloatGradients) {
  const ProblemPtr p = named_problem("ring:dtype=float32");
  at::Tensor x = rows_of(*p, 0.3, 5).requires_grad_(true);
  const at::Tensor g = torch::autograd::grad({p->denoise(x, times(0.3, 5)).sum()}, {x})[0];
  EXPECT_EQ(g.scalar_type(), at::kFloat);
  EXPECT_EQ(g.sizes(), x.sizes());
}

// Silent zeros for second derivatives would corrupt whoever asks for them.
TEST(RowsAutograd, SecondDerivativesAreRefused) {
  const ProblemPtr p = named_problem("ring");
  at::Tensor x = rows_of(*p, 0.3, 2).requires_grad_(true);
  const at::Tensor y = p->denoise(x, times(0.3, 2)).sum();
  EXPECT_NE(
      sentence_of([&] { torch::autograd::grad({y}, {x}, {}, true, true); }).find("first derivatives only"),
      std::string::npos);
}

// The answer must keep what it needs alive after the problem is gone.
TEST(RowsAutograd, BackwardOutlivesTheProblem) {
  at::Tensor x = at::zeros({2, 2}, at::kDouble).requires_grad_(true), y;
  {
    const ProblemPtr p = named_problem("ring");
    y = p->denoise(x, times(0.3, 2)).sum();
  }
  EXPECT_TRUE(at::isfinite(torch::autograd::grad({y}, {x})[0]).all().item<bool>());
}

}  // namespace
}  // namespace ulam::rows_autograd_test
