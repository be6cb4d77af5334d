#include "ulam/learn/gradient.h"

#include "tests/draw/support.h"
#include <cmath>

#include <gtest/gtest.h>

#include "ulam/learn/compensate.h"
#include "ulam/learn/unified.h"
#include "ulam/problems/read_problem.h"

namespace ulam::gradient_test {
namespace {

using ulam::testing::run_plan;
using ulam::testing::tp1;

struct Bench {
  std::shared_ptr<ulam::testing::MixtureModel> model = tp1(Prediction::noise);
  Path path = model->info().path;
  at::Tensor noise(std::int64_t rows, std::uint64_t first) const {
    std::vector<std::uint64_t> ids;
    for (std::int64_t r = 0; r < rows; ++r) ids.push_back(first + static_cast<std::uint64_t>(r));
    const std::vector<std::int64_t> shape{1};
    return keyed_normal(2, Stream::start, ids, 0, shape, at::kDouble);
  }
  at::Tensor exact(const at::Tensor& z) const {
    return run_plan(model, make_plan("rk4", "time2", 300, path, model->info().head), z * path.at(1).s);
  }
  Plan start(int steps, bool skip) const {
    UnifiedRecipe r = unified_multistep(make_grid("time2", path, steps), 2, Form::data, true);
    r.skip_first = skip;
    return plan_of(linear_plan(r, path), make_plan("ddim", "", 2, path, model->info().head));
  }
};

EndLoss distance(const at::Tensor& target) {
  return [target](const at::Tensor& x) { return (x - target).square().mean(); };
}

// Every slope against a difference of two whole draws.
TEST(Gradient, IsTheSlopeOfTheLoss) {
  const Bench b;
  const at::Tensor z = b.noise(7, 0), target = b.exact(z);
  LinearPlan plan = linear_plan(b.start(4, false));
  Ledger ledger;
  const auto gradient = [&](const LinearPlan& p) {
    return plan_gradient(p, Field(b.model), z * b.path.at(1).s, {}, distance(target), 1e-5, ledger, {});
  };
  const PlanGradient g = gradient(plan);
  EXPECT_EQ(ledger.spent().evaluations, 7 * 2 * 4);
  const auto slope = [&](double& number) {
    const double h = 1e-6, old = number;
    number = old + h;
    const double up = gradient(plan).loss;
    number = old - h;
    const double down = gradient(plan).loss;
    number = old;
    return (up - down) / (2 * h);
  };
  for (std::size_t k = 0; k < 4; ++k) {
    EXPECT_NEAR(g.keep[k], slope(plan.keep[k]), 1e-6 * (1 + std::abs(g.keep[k]))) << k;
    for (std::size_t j = 0; j <= k; ++j)
      EXPECT_NEAR(g.of[k][j], slope(plan.of[k][j]), 1e-6 * (1 + std::abs(g.of[k][j]))) << k << j;
    if (k > 0) {
      EXPECT_NEAR(g.times[k], slope(plan.times[k]), 1e-3 * (1e-2 + std::abs(g.times[k]))) << k;
    }
  }
}

// The least loss never rises, and fresh samples end nearer to the truth; also from a start that asks no
// model, whose first time is then free.
TEST(Gradient, HelpsFreshSamples) {
  const Bench b;
  const at::Tensor z = b.noise(64, 0), target = b.exact(z), fresh = b.noise(256, 5000),
                   truth = b.exact(fresh);
  // The same model with its gradient in closed form.
  const ProblemPtr quick = named_problem("tp1")->with_head({Prediction::noise, .5});
  for (const bool skip : {false, true}) {
    const Plan start = b.start(5, skip);
    const PlanParameters parameters(start);
    GradientOptions options;
    options.most_updates = 60;
    GradientState state;
    Ledger ledger;
    double last = 1e9;
    while (!state.finished) {
      ASSERT_TRUE(
          gradient_update(parameters, Field(quick), z, {}, distance(target), options, state, ledger, {}));
      EXPECT_LE(state.loss, last);
      last = state.loss;
    }
    const auto error = [&](const std::vector<double>& p) {
      return rmse(run_plan(b.model, parameters.plan(p), fresh * b.path.at(1).s), truth);
    };
    EXPECT_LT(error(state.best), error(std::vector<double>(parameters.size(), 0.0)) / 2) << skip;
  }
}

TEST(Gradient, ACancelledUpdateChangesNothing) {
  const Bench b;
  CancelToken token;
  token.cancel();
  Watch watch;
  watch.cancel = &token;
  GradientState state;
  Ledger ledger;
  EXPECT_FALSE(gradient_update(PlanParameters(b.start(3, false)), Field(b.model), b.noise(2, 0), {},
                               distance(b.noise(2, 0)), {}, state, ledger, watch));
  EXPECT_EQ(state.update, 0);
}

}  // namespace
}  // namespace ulam::gradient_test
