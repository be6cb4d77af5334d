#include "ulam/reproduce/search_laboratory.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ulam/path/grid.h"
#include "ulam/problems/read_problem.h"

namespace ulam::search_laboratory_test {
namespace {

// A recipe of many steps ends where the exact ODE does, from the same starts; what is drawn is counted.
TEST(SearchLaboratory, ManyStepsReachTheExactEnd) {
  const ProblemPtr problem = named_problem("tp1");
  SearchLaboratory lab(problem, problem->info().path.t_data(), {});
  const at::Tensor exact = lab.exact(3, 8);
  const std::int64_t before = lab.spent().evaluations;
  const at::Tensor x =
      lab.run(unified_multistep(make_grid("time2", lab.path(), 100), 2, Form::data, false), 3, 8);
  EXPECT_LT((x - exact).abs().max().item<double>(), 2e-2);
  EXPECT_EQ(lab.spent().evaluations - before, 800);
  EXPECT_EQ(lab.exact(3, 8).data_ptr(), exact.data_ptr());
  EXPECT_EQ(lab.start(3, 8).sizes(), exact.sizes());
  EXPECT_EQ(lab.denoise(lab.start(3, 8), 1).sizes(), exact.sizes());
  EXPECT_EQ(lab.spent().evaluations - before, 808);
}

}  // namespace
}  // namespace ulam::search_laboratory_test
