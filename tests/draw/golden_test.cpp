// The published golden values of test problem TP1, orders, and identities between solvers.
#include "support.h"

#include <gtest/gtest.h>

namespace ulam::golden_test {
namespace {

using testing::column;
using testing::run_plan;
using testing::tp1;

Recipe multistep(Form form, Variable variable, int order) {
  Recipe recipe;
  recipe.steps.push_back({.rule = {.form = form, .variable = variable}, .order = order});
  return recipe;
}
Recipe runge_kutta(Tableau tableau) {
  Recipe recipe;
  recipe.steps.push_back(
      {.rule = {.form = Form::noise, .variable = Variable::rho}, .stages = std::move(tableau)});
  return recipe;
}
double end_of(const Recipe& recipe, const std::string& grid, int steps, double x,
              Prediction head = Prediction::noise) {
  const auto model = tp1(head);
  const Path& path = model->info().path;
  return run_plan(model, compile_plan(recipe, make_grid(grid, path, steps), path, model->info().head),
                  column({x}))
      .item<double>();
}

TEST(Tp1, ModelIsTheOneOfTheSheet) {
  const auto model = tp1();
  Call call;
  const double eps = model->forward(column({.3}), at::tensor({.5}, at::kDouble), {}, call).item<double>();
  EXPECT_NEAR(eps, .3114469488, 1e-10);
  EXPECT_NEAR(model->info().path.half_log_snr(.5), -1.2275677344, 1e-10);
}

TEST(Tp1, GoldenValuesOfDeis) {
  const auto near = [](const Recipe& recipe, double want) {
    EXPECT_NEAR(end_of(recipe, "time2", 10, .3), want, 1e-10);
  };
  near(make_recipe("ddim"), .2023592632);
  near(multistep(Form::noise, Variable::time, 2), .2420071459);
  near(multistep(Form::noise, Variable::time, 3), .2551865518);
  near(multistep(Form::noise, Variable::time, 4), .2597870433);
  near(multistep(Form::noise, Variable::rho, 2), .2319690810);
  near(multistep(Form::noise, Variable::rho, 3), .2393573464);
  near(multistep(Form::noise, Variable::rho, 4), .2410256947);
  near(make_recipe("heun"), .2896888875);
  near(runge_kutta(tableau_kutta3()), .2640036595);
  near(make_recipe("rk4"), .2664073047);
}

TEST(Tp1, GoldenValuesOnTheLogSnrGrid) {
  EXPECT_NEAR(end_of(make_recipe("ddim"), "logsnr", 10, .3), .1684721634, 1e-10);
  // The data form in half-log-SNR with two nodes is DPM-Solver++(2M) in its "heun" (Taylor) form.
  EXPECT_NEAR(end_of(multistep(Form::data, Variable::half_log_snr, 2), "logsnr", 10, .3), .2826376448, 1e-10);
}

TEST(Tp1, ReferenceEndState) {
  EXPECT_NEAR(end_of(make_recipe("rk4"), "time2", 2000, .3), .2651019219, 1e-9);
}

TEST(Tp1, HeadsOfTheNetworkDoNotMatter) {
  for (const char* solver : {"ddim", "heun", "rk4"})
    for (Prediction head :
         {Prediction::data, Prediction::velocity, Prediction::flow, Prediction::score, Prediction::edm})
      EXPECT_NEAR(end_of(make_recipe(solver), "time2", 10, .3, head),
                  end_of(make_recipe(solver), "time2", 10, .3), 1e-12)
          << solver << " " << name_of(head);
}

TEST(Tp1, FirstOrderSolversAreOneMethod) {
  const double ddim = end_of(make_recipe("ddim"), "time2", 10, .3);
  for (const char* solver : {"euler", "exp", "exp:prediction=noise"})
    EXPECT_NEAR(end_of(make_recipe(solver), "time2", 10, .3), ddim, 1e-14) << solver;
}

struct Order {
  std::string name;
  Recipe recipe;
  double order;
};

class Orders : public ::testing::TestWithParam<Order> {};
TEST_P(Orders, SlopeOfTheErrorOverSteps) {
  const auto model = tp1();
  const Path& path = model->info().path;
  const at::Tensor x = column({-1.7, -.3, .2, .9});
  const auto end = [&](const Recipe& recipe, int steps) {
    return run_plan(model, compile_plan(recipe, make_grid("time2", path, steps), path, model->info().head),
                    x);
  };
  static const at::Tensor exact = end(make_recipe("rk4"), 2560);
  std::vector<double> n, error;
  const int first = GetParam().name == "rhoAB3" ? 40 : 20;  // its start by lower orders shows below
  for (int steps = first; steps <= 640; steps *= 2) {
    const double e = (end(GetParam().recipe, steps) - exact).abs().max().item<double>();
    if (e < 1e-11) break;
    n.push_back(steps);
    error.push_back(e);
  }
  ASSERT_GE(n.size(), 4u);
  EXPECT_NEAR(testing::slope(n, error), GetParam().order, .2);
}
INSTANTIATE_TEST_SUITE_P(Tp1, Orders,
                         ::testing::Values(Order{"ddim", make_recipe("ddim"), 1.00},
                                           Order{"euler", make_recipe("euler"), 1.00},
                                           Order{"exp", make_recipe("exp"), 1.00},
                                           Order{"heun", make_recipe("heun"), 2.00},
                                           Order{"midpoint", make_recipe("midpoint"), 2.00},
                                           Order{"kutta3", runge_kutta(tableau_kutta3()), 2.99},
                                           Order{"rk4", make_recipe("rk4"), 4.00},
                                           Order{"tAB1", multistep(Form::noise, Variable::time, 2), 1.99},
                                           Order{"tAB2", multistep(Form::noise, Variable::time, 3), 2.9},
                                           Order{"tAB3", multistep(Form::noise, Variable::time, 4), 3.3},
                                           Order{"rhoAB1", multistep(Form::noise, Variable::rho, 2), 1.98},
                                           Order{"rhoAB2", multistep(Form::noise, Variable::rho, 3), 2.94},
                                           Order{"rhoAB3", multistep(Form::noise, Variable::rho, 4), 3.7}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace ulam::golden_test
