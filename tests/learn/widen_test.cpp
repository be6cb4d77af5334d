#include "ulam/learn/widen.h"

#include "tests/draw/support.h"
#include "tests/errors.h"

#include <gtest/gtest.h>

#include "ulam/learn/refine.h"

namespace ulam::widen_test {
namespace {

using ulam::testing::column;
using ulam::testing::run_plan;

// More evaluations, the same end: histories, stages, correctors, jumps to the data, steps without evaluation.
TEST(Widen, EndsWhereThePlanEnds) {
  const auto model = ulam::testing::tp1();
  const Path& path = model->info().path;
  const at::Tensor x = column({-1.2, .3, 1.4});
  for (const char* spec : {"ddim", "dpmpp:order=3", "unipc", "deis", "heun", "ghvb", "dpmpp+afs"})
    for (const char* grid : {"time2", "time2:final=clean"}) {
      const Plan plan = make_plan(spec, grid, 4, path, model->info().head);
      const LinearPlan wide = widened(linear_plan(plan), 9, path);
      EXPECT_EQ(wide.evaluations(), 9) << spec;
      const Plan back = plan_of(wide, plan);
      EXPECT_EQ(evaluations(back), 9);
      EXPECT_LT((run_plan(model, back, x) - run_plan(model, plan, x)).abs().max().item<double>(), 1e-9)
          << spec << " " << grid;
    }
}

// The new answers can be used: refining the wide plan passes what refining the narrow one reaches.
TEST(Widen, RefiningUsesTheNewEvaluations) {
  const auto model = ulam::testing::tp1();
  const Path& path = model->info().path;
  std::vector<std::uint64_t> ids;
  for (std::uint64_t i = 0; i < 128; ++i) ids.push_back(i);
  const std::vector<std::int64_t> shape{1};
  const at::Tensor x = keyed_normal(5, Stream::start, ids, 0, shape, at::kDouble);
  const at::Tensor exact = run_plan(model, make_plan("rk4", "time2", 400, path, model->info().head), x);
  const auto refined = [&](const Plan& start) {
    const PlanParameters parameters(start);
    RefineState state;
    for (int r = 0; r < 6 && !state.finished; ++r)
      refine_round(parameters, [&](const Plan& p) { return run_plan(model, p, x); }, exact, {}, state, {});
    return std::pair{state.error, parameters.plan(state.parameters)};
  };
  const auto [narrow, plan] = refined(make_plan("dpmpp:order=3", "time2", 4, path, model->info().head));
  const auto [wide, more] = refined(plan_of(widened(linear_plan(plan), 6, path), plan));
  EXPECT_LT(wide, narrow / 2);
  EXPECT_EQ(evaluations(more), 6);
}

TEST(Widen, RefusesFewerEvaluationsAndPlansWithoutAGap) {
  const Path path = Path::vp();
  const LinearPlan four = linear_plan(make_plan("ddim", "time2", 4, path, Head{}));
  ulam::testing::expect_error(ErrorKind::option, {"4 evaluations", "3 are asked"},
                              [&] { widened(four, 3, path); });
  const LinearPlan one = linear_plan(make_plan("ddim", "time2:final=clean", 1, path, Head{}));
  ulam::testing::expect_error(ErrorKind::unsupported, {"no gap"}, [&] { widened(one, 2, path); });
}

}  // namespace
}  // namespace ulam::widen_test
