// Samples and scores come from different formulas; Stein's identity joins them. Statistical, 5 sigma.
#include "tests/problems/cases.h"
#include <cmath>

#include <gtest/gtest.h>

#include "ulam/problems/problem.h"

namespace ulam::problem_long {
namespace {

// Mean of the columns over their standard error: each should be 0.
at::Tensor in_deviations(const at::Tensor& columns) {
  return columns.mean(0) / (columns.std(0) / std::sqrt(static_cast<double>(columns.size(0))) + 1e-15);
}

// E[score f + div f] = 0 for samples of p_t with f = 1, x_i e_i and tanh(x_i) e_i: a sampler that draws from
// another density than the score describes fails one of them.
TEST(ProblemLong, StatisticalSamplesObeySteinsIdentity) {
  const int rows = 100'000;
  for (const ProblemPtr& base : all_problems())
    for (const auto& [path, t] : some_times()) {
      const ProblemPtr p = base->with_path(path);
      const at::Tensor x = rows_of(*p, t, rows, 5).reshape({rows, -1});
      const at::Tensor score = p->score(x, times(t, rows)).reshape({rows, -1}), curve = x.tanh();
      const at::Tensor columns = at::cat({score, score * x + 1, score * curve + 1 - curve.square()}, 1);
      EXPECT_LT(largest(in_deviations(columns)), 5) << p->info().name << " " << path.json();
    }
}

// E[x0 | x_t] is the projection: the residual x0 - D(x_t) is orthogonal to functions of x_t.
TEST(ProblemLong, StatisticalResidualsAreOrthogonalToFunctionsOfTheNoisyRow) {
  const int rows = 100'000;
  std::vector<std::uint64_t> ids(rows);
  for (int i = 0; i < rows; ++i) ids[static_cast<std::size_t>(i)] = static_cast<std::uint64_t>(i);
  for (const ProblemPtr& base : all_problems())
    for (const auto& [path, t] : some_times()) {
      const ProblemPtr p = base->with_path(path);
      const at::Tensor x0 = p->sample(ids, 6), x = p->sample_at(t, ids, 6);
      const at::Tensor residual = x0 - p->denoise(x, times(t, rows));
      const at::Tensor columns = at::cat({residual, residual * x.tanh(), residual * x.sin()}, 1);
      EXPECT_LT(largest(in_deviations(columns)), 5) << p->info().name << " " << path.json();
    }
}

}  // namespace
}  // namespace ulam::problem_long
