#include "ulam/problems/rows.h"

#include "tests/problems/cases.h"

#include <gtest/gtest.h>

namespace ulam::rows_test {
namespace {

// Rows at s = 0 are not asked of the density; the others must still land in their own places.
TEST(Rows, CleanAndNoisyRowsMixInOneBatch) {
  const ProblemPtr p = named_problem("ring");
  const at::Tensor x = rows_of(*p, 0.5, 6);
  const at::Tensor t = at::tensor({0.0, 0.5, 0.0, 0.2, 0.5, 0.0}, at::kDouble);
  const at::Tensor d = p->denoise(x, t), l = p->log_density(x, t);
  for (int r = 0; r < 6; ++r) {
    EXPECT_TRUE(at::equal(d.slice(0, r, r + 1), p->denoise(x.slice(0, r, r + 1), t.slice(0, r, r + 1))));
    EXPECT_TRUE(at::equal(l.slice(0, r, r + 1), p->log_density(x.slice(0, r, r + 1), t.slice(0, r, r + 1))));
  }
  EXPECT_TRUE(at::equal(d[2], x[2]));
}

// The Jacobian of D is symmetric: u' J v = v' J u.
TEST(Rows, PullBackIsSymmetric) {
  for (const ProblemPtr& p : all_problems()) {
    const at::Tensor x = rows_of(*p, 0.5, 7);
    RowPlan plan{std::vector<Marginal>(7, Path::edm().at(0.5)), std::vector<int>(7, -1),
                 std::vector<Affine>(7)};
    const at::Tensor u = rows_of(*p, 0.9, 7, 2), v = rows_of(*p, 0.9, 7, 3);
    const at::Tensor left = (u * pull_back_rows(*p->density(), plan, x, v)).sum(1);
    const at::Tensor right = (v * pull_back_rows(*p->density(), plan, x, u)).sum(1);
    EXPECT_LT(largest(left - right), 1e-11) << p->info().name;
  }
}

}  // namespace
}  // namespace ulam::rows_test
