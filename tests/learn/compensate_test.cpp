#include "ulam/learn/compensate.h"

#include "tests/draw/support.h"
#include <map>

#include <gtest/gtest.h>

namespace ulam::compensate_test {
namespace {

using ulam::testing::column;
using ulam::testing::run_plan;
using ulam::testing::tp1;

struct Bench {
  std::shared_ptr<ulam::testing::MixtureModel> model = tp1(Prediction::data);
  Path path = model->info().path;
  at::Tensor start = column({-1.6, -1.1, -.8, -.3, .05, .2, .6, .9, 1.3, 1.8});
  mutable std::map<double, at::Tensor> known;

  at::Tensor reference(double t) const {
    if (const auto at = known.find(t); at != known.end()) return at->second;
    std::vector<double> times = make_grid("time2", path, 400);
    while (times.back() <= t) times.pop_back();
    times.push_back(t);
    return known[t] =
               run_plan(model, compile_plan(make_recipe("rk4"), times, path, model->info().head), start);
  }
  at::Tensor estimate(const at::Tensor& x, double t) const {
    Call call;
    return model->forward(x, at::full({x.size(0)}, t, at::kDouble), {}, call);
  }
  CompensationFit fit(const UnifiedRecipe& host) const {
    return fit_ratios(
        host, path, start, [this](double t) { return reference(t); },
        [this](const at::Tensor& x, double t) { return estimate(x, t); });
  }
};

// The tensors follow the coefficients: the same end as the draw's own loop.
TEST(Compensate, LinearRunIsTheDraw) {
  const Bench b;
  const UnifiedRecipe host =
      unified_unipc(make_grid("time", b.path, 6), 3, Form::data, Relaxation::none, true);
  const LinearPlan plan = linear_plan(host, b.path);
  const LinearRun run =
      run_linear(plan, b.start, {}, [&](const at::Tensor& x, double t) { return b.estimate(x, t); });
  const at::Tensor drawn =
      run_plan(b.model, plan_of(plan, make_plan("ddim", "time", 3, b.path, Head{})), b.start);
  EXPECT_LT((run.end - drawn).abs().max().item<double>(), 1e-12);
  EXPECT_EQ(run.data.size(), 6u);
}

// No ratio is worse than none from the same state, the first two are 1, and the whole draw gains.
TEST(Compensate, EveryStepIsAtLeastAsGoodAsWithout) {
  const Bench b;
  for (const Correction correct : {Correction::pseudo, Correction::none}) {
    UnifiedRecipe host =
        unified_unipc(make_grid("time", b.path, 5), 2, Form::data, Relaxation::midpoint, true);
    for (UnifiedStep& s : host.steps) s.correct = s.correct == Correction::none ? s.correct : correct;
    const CompensationFit fit = b.fit(host);
    ASSERT_EQ(fit.ratios.size(), 5u);
    EXPECT_EQ(fit.ratios[0], 1);
    EXPECT_EQ(fit.ratios[1], 1);
    EXPECT_NE(fit.ratios[3], 1);
    for (std::size_t i = 0; i < 5; ++i) EXPECT_LE(fit.loss[i], fit.without[i]) << i;
    UnifiedRecipe with = host;
    for (std::size_t i = 0; i < 5; ++i) with.steps[i].ratio = fit.ratios[i];
    const auto error = [&](const UnifiedRecipe& r) {
      const Plan plan = plan_of(linear_plan(r, b.path), make_plan("ddim", "time", 3, b.path, Head{}));
      return (run_plan(b.model, plan, b.start) - b.reference(host.times.back()))
          .square()
          .mean()
          .item<double>();
    };
    EXPECT_LT(error(with), error(host));
    EXPECT_NEAR(error(with), fit.loss.back(), 1e-12);
  }
}

TEST(Compensate, CostsWhatItSays) {
  const Bench b;
  const std::vector<double> times = make_grid("time", b.path, 5);
  for (std::size_t i = 1; i < times.size(); ++i) b.reference(times[i]);
  const std::int64_t before = b.model->rows;
  const CompensationFit fit = b.fit(unified_unipc(times, 2, Form::data, Relaxation::midpoint, true));
  EXPECT_EQ(b.model->rows - before, fit.evaluations);
  EXPECT_LE(fit.evaluations, 10 * (1 + 5 * 29));
}

}  // namespace
}  // namespace ulam::compensate_test
