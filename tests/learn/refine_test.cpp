#include "ulam/learn/refine.h"

#include "tests/draw/support.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace ulam::refine_test {
namespace {

using ulam::testing::run_plan;
using ulam::testing::tp1;

at::Tensor starts(std::int64_t rows, std::uint64_t first) {
  std::vector<std::uint64_t> ids;
  for (std::int64_t r = 0; r < rows; ++r) ids.push_back(first + static_cast<std::uint64_t>(r));
  const std::vector<std::int64_t> shape{1};
  return keyed_normal(5, Stream::start, ids, 0, shape, at::kDouble);
}

struct Bench {
  std::shared_ptr<ulam::testing::MixtureModel> model = tp1();
  at::Tensor x = starts(256, 0), fresh = starts(256, 100000);
  at::Tensor reference(const at::Tensor& from) const {
    return run_plan(model, make_plan("rk4", "time2", 400, model->info().path, model->info().head), from);
  }
};

// A resumed search must go on with the very numbers.
TEST(Refine, AStateSurvivesItsJson) {
  const RefineState s{{0.1, -1e-300, 3}, 0.25, 1e-4, 7, true};
  const RefineState t = refine_state_from(nlohmann::json::parse(refine_state_json(s).dump()));
  EXPECT_EQ(t.parameters, s.parameters);
  EXPECT_EQ(t.error, s.error);
  EXPECT_EQ(t.damping, s.damping);
  EXPECT_EQ(t.round, s.round);
  EXPECT_TRUE(t.finished);
}

TEST(Refine, ZeroParametersAreTheStart) {
  const Bench b;
  const Plan start = make_plan("dpmpp:order=3", "time2", 5, b.model->info().path, b.model->info().head);
  const PlanParameters parameters(start);
  EXPECT_LT(rmse(run_plan(b.model, parameters.plan(std::vector<double>(parameters.size(), 0.0)), b.x),
                 run_plan(b.model, start, b.x)),
            1e-12);
}

// The error never rises, and on samples that the search has not seen it falls to less than half.
TEST(Refine, HalvesTheErrorOnFreshSamples) {
  const Bench b;
  const Plan start = make_plan("dpmpp", "time2", 5, b.model->info().path, b.model->info().head);
  const PlanParameters parameters(start);
  const at::Tensor target = b.reference(b.x);
  RefineState state;
  double last = 1e9;
  while (!state.finished) {
    ASSERT_TRUE(refine_round(
        parameters, [&](const Plan& p) { return run_plan(b.model, p, b.x); }, target, {}, state, Watch{}));
    EXPECT_LE(state.error, last);
    last = state.error;
  }
  const at::Tensor exact = b.reference(b.fresh);
  const double before = rmse(run_plan(b.model, start, b.fresh), exact);
  const double after = rmse(run_plan(b.model, parameters.plan(state.parameters), b.fresh), exact);
  EXPECT_LT(after, before / 2);
}

// After a step that asks nothing the first evaluation is free to move, and the fit must use that.
TEST(Refine, AStartWithoutEvaluationIsFittedToo) {
  const Bench b;
  const Path& path = b.model->info().path;
  const Plan start = make_plan("dpmpp+afs", "time2", 5, path, b.model->info().head);
  ASSERT_EQ(evaluations(start), 4);
  const PlanParameters parameters(start);
  EXPECT_LT(rmse(run_plan(b.model, parameters.plan(std::vector<double>(parameters.size(), 0.0)), b.x),
                 run_plan(b.model, start, b.x)),
            1e-12);
  RefineState state;
  const at::Tensor target = b.reference(b.x);
  const auto run = [&](const Plan& p) { return run_plan(b.model, p, b.x); };
  while (!state.finished) ASSERT_TRUE(refine_round(parameters, run, target, {}, state, Watch{}));
  const Plan fitted = parameters.plan(state.parameters);
  EXPECT_NE(fitted.times[1], start.times[1]);
  EXPECT_LT(state.error, rmse(run(start), target) / 2);
}

TEST(Refine, ACancelledRoundChangesNothing) {
  const Bench b;
  const PlanParameters parameters(make_plan("ddim", "time2", 4, b.model->info().path, b.model->info().head));
  CancelToken token;
  Watch watch;
  watch.cancel = &token;
  RefineState state;
  int runs = 0;
  const auto run = [&](const Plan& p) {
    if (++runs == 3) token.cancel();
    return run_plan(b.model, p, b.x);
  };
  EXPECT_FALSE(refine_round(parameters, run, b.reference(b.x), {}, state, watch));
  EXPECT_TRUE(state.parameters.empty());
  EXPECT_EQ(state.round, 0);
}

}  // namespace
}  // namespace ulam::refine_test
