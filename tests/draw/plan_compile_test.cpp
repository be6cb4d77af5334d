#include "support.h"

#include <gtest/gtest.h>

namespace ulam::plan_compile_test {
namespace {

using testing::error_text;

// The published matrix: x' = (a'/a) x + (s' - (a'/a) s) eps.
TEST(Compile, DdimOnANoiseHeadIsThePublishedMatrix) {
  const Path path = Path::vp();
  const Plan plan = make_plan("ddim", "time2", 5, path, Head{.kind = Prediction::noise});
  for (int i = 0; i < 5; ++i) {
    const Marginal s = path.at(plan.times[i]), t = path.at(plan.times[i + 1]);
    const std::vector<double>& of = plan.variant(i, 0).moves.at(0).rows.at(0).of;
    EXPECT_NEAR(of[0], t.a / s.a, 1e-13 * t.a / s.a);
    EXPECT_NEAR(of[1], t.s - t.a / s.a * s.s, 1e-13 * t.a / s.a);
  }
}

TEST(Compile, AnEulerStepToTheCleanEndIsTheDataEstimate) {
  for (const char* solver : {"ddim", "ddpm", "euler", "heun", "rk4", "exp:prediction=noise"}) {
    const Plan plan = make_plan(solver, "karras:final=clean", 3, Path::edm(), Head{});
    const Move& last = plan.steps.back().variants[0].moves.back();
    ASSERT_EQ(plan.steps.back().variants[0].moves.size(), 1u);
    EXPECT_NEAR(last.rows[0].of.front(), 0, 1e-16) << solver;
    EXPECT_NEAR(last.rows[0].of.back(), 1, 1e-15) << solver;
    EXPECT_EQ(last.rows[0].noise, 0);
  }
}

// History adopts the network's tensor: the pushed row is the answer times exactly 1 where the forms agree.
TEST(Compile, HistoryOfTheHeadsOwnFormIsTheAnswerItself) {
  for (const auto& [form, head] :
       {std::pair{Form::noise, Prediction::noise}, std::pair{Form::data, Prediction::data}}) {
    Recipe recipe;
    recipe.steps.push_back({.rule = {.form = form}, .order = 2});
    const Plan plan = compile_plan(recipe, make_grid("time2", Path::vp(), 4), Path::vp(), Head{.kind = head});
    for (int i = 1; i < 4; ++i) {
      const Row& push = plan.variant(i, 1).moves[0].rows[1];
      EXPECT_EQ(push.to, Row::To::history);
      EXPECT_EQ(push.of, (std::vector<double>{0, 0, 1}));
    }
  }
}

// Runge-Kutta keeps its order on a path that starts at a = 0, where rho is infinite: the mirror form at work.
TEST(Compile, RungeKuttaKeepsItsOrderFromAPureStart) {
  const Path path = Path::flow();
  const auto model = std::make_shared<testing::MixtureModel>(path, Head{.kind = Prediction::flow},
                                                             testing::tp1_components());
  const auto end = [&](const char* solver, int steps) {
    std::vector<double> times;
    for (int i = 0; i <= steps; ++i) times.push_back(1 - .9 * i / steps);
    return testing::run_plan(model, compile_plan(make_recipe(solver), times, path, model->info().head),
                             testing::column({-1.2, .3, 1.1}));
  };
  const at::Tensor exact = end("rk4", 4000);
  for (const auto& [solver, order] : {std::pair{"ddim", 1.}, {"heun", 2.}, {"midpoint", 2.}, {"rk4", 4.}}) {
    std::vector<double> n, error;
    for (int steps = 40; steps <= 640; steps *= 2) {
      n.push_back(steps);
      error.push_back((end(solver, steps) - exact).abs().max().item<double>());
      if (error.back() < 1e-11) break;
    }
    EXPECT_NEAR(testing::slope(n, error), order, .2) << solver;
  }
}

TEST(Compile, RecipesThatDoNotFitAreRefused) {
  const std::vector<double> times = make_grid("time2", Path::vp(), 3);
  const auto text = [&](Recipe recipe) {
    return error_text([&] { compile_plan(recipe, times, Path::vp(), Head{}); });
  };
  Recipe none;
  EXPECT_NE(text(none).find("0 steps described"), std::string::npos);
  Recipe two;
  two.steps.resize(2);
  EXPECT_NE(text(two).find("2 steps described for a grid of 3"), std::string::npos);
  Recipe order;
  order.steps.resize(1);
  order.steps[0].order = 9;
  EXPECT_NE(text(order).find("order 9"), std::string::npos);
  Recipe mixed;
  mixed.steps.resize(3);
  mixed.steps[1].order = 2;
  mixed.steps[2].rule.form = Form::noise;
  EXPECT_NE(text(mixed).find("step 2: its history would mix"), std::string::npos);
  Recipe noisy;
  noisy.steps.push_back({.rule = {.eta = 1}, .stages = tableau_heun()});
  EXPECT_NE(text(noisy).find("takes no eta"), std::string::npos);
  Recipe implicit;
  implicit.steps.push_back({.rule = {}, .stages = {{0, 1}, {{}, {1, 1}}, {.5, .5}}});
  EXPECT_NE(text(implicit).find("not explicit at stage 1"), std::string::npos);
  Recipe ok;
  ok.steps.resize(1);
  EXPECT_NE(error_text([&] { compile_plan(ok, {.1, .2}, Path::vp(), Head{}); }), "");
}

TEST(Compile, StepsMayDiffer) {
  Recipe recipe;
  recipe.steps.push_back({.rule = {.form = Form::data}});
  recipe.steps.push_back(
      {.rule = {.form = Form::noise, .variable = Variable::rho}, .stages = tableau_heun()});
  recipe.steps.push_back({.rule = {.form = Form::data, .eta = 1}});
  const Plan plan = compile_plan(recipe, make_grid("time2", Path::vp(), 3), Path::vp(), Head{});
  EXPECT_EQ(evaluations(plan), 4);
  EXPECT_EQ(plan.scratch, 2);
  const auto model = std::make_shared<testing::MixtureModel>(Path::vp(), Head{}, testing::tp1_components());
  EXPECT_TRUE(at::isfinite(testing::run_plan(model, plan, testing::column({.3}))).all().item<bool>());
}

}  // namespace
}  // namespace ulam::plan_compile_test
