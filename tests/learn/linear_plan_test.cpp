#include "ulam/learn/linear_plan.h"

#include "tests/draw/support.h"
#include "tests/errors.h"

#include <gtest/gtest.h>

namespace ulam::linear_plan_test {
namespace {

using ulam::testing::column;
using ulam::testing::run_plan;

// Whatever a method is made of (history, correctors, stages, edits), its general form ends where it does.
TEST(LinearPlan, EndsWhereTheMethodEnds) {
  const auto model = ulam::testing::tp1();
  const Path& path = model->info().path;
  const at::Tensor x = column({-1.2, .3, 1.4});
  for (const char* spec :
       {"ddim", "midpoint", "dpmpp:order=3", "unipc", "unipc:corrector=implicit", "deis", "dpm:order=3",
        "dpmpp:kind=inner,order=3", "ghvb", "heun", "rk4", "dpmpp+afs", "unipc+dc:ratio=1.2+dualfast+hb"}) {
    const Plan plan = make_plan(spec, "time2", 6, path, model->info().head);
    const LinearPlan linear = linear_plan(plan);
    EXPECT_EQ(linear.evaluations(), evaluations(plan)) << spec;
    const at::Tensor direct = run_plan(model, plan, x);
    const Plan back = plan_of(linear, plan);
    EXPECT_EQ(evaluations(back), evaluations(plan));
    EXPECT_LT((run_plan(model, back, x) - direct).abs().max().item<double>(), 1e-10) << spec;
  }
}

TEST(LinearPlan, RefusesWhatHasNoGeneralForm) {
  const Path path = Path::vp();
  ulam::testing::expect_error(ErrorKind::unsupported, {"noise"},
                              [&] { linear_plan(make_plan("ddpm", "time2", 4, path, Head{})); });
  ulam::testing::expect_error(ErrorKind::unsupported, {"choose their own times", "adaptive"},
                              [&] { linear_plan(make_plan("adaptive", "time2", 4, path, Head{})); });
  LinearPlan rising = linear_plan(make_plan("dpmpp", "time2", 4, path, Head{}));
  std::swap(rising.times[1], rising.times[2]);
  ulam::testing::expect_error(ErrorKind::option, {"tune: times"},
                              [&] { plan_of(rising, make_plan("ddim", "time2", 4, path, Head{})); });
}

}  // namespace
}  // namespace ulam::linear_plan_test
