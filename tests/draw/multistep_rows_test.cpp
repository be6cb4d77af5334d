// Golden values of test problem TP1 and orders of the multistep solvers, and identities between them.
#include "support.h"

#include <gtest/gtest.h>

namespace ulam::multistep_rows_test {
namespace {

using testing::column;
using testing::run_plan;
using testing::tp1;

at::Tensor ends(const std::string& spec, const std::string& grid, int steps, const at::Tensor& x,
                Prediction head = Prediction::noise) {
  const auto model = tp1(head);
  const Path& path = model->info().path;
  return run_plan(model, make_plan(spec, grid, steps, path, model->info().head), x);
}
double end_of(const std::string& spec, const std::string& grid = "logsnr", int steps = 10, double x = .3) {
  return ends(spec, grid, steps, column({x})).item<double>();
}

struct Golden {
  const char* spec;
  double value;
};

// DPM-Solver-pp's and UniPC's published formulas, worked out in double by another program.
TEST(Multistep, GoldenValuesOnTheLogSnrGrid) {
  for (const Golden& g : {Golden{"dpmpp:order=1", .1684721634},
                          {"dpmpp:lower=0", .2609839303},
                          {"dpmpp:variant=heun,lower=0", .2826376448},
                          {"res", .2826376448},
                          {"dpmpp:kind=inner,order=2", .2379243659},
                          {"dpmpp:kind=inner,order=3", .2585502459},
                          {"dpmpp:order=3,legacy,lower=0", .2758846976},
                          {"dpmpp:order=3,lower=0", .2722793427},
                          {"unipc:order=2,variant=bh1,lower=0", .3220890408},
                          {"unipc:order=2,lower=0", .2669278318},
                          {"unipc:order=3,lower=0", .2570254962},
                          {"unipc:order=2,lower=11", .2675567160}})
    EXPECT_NEAR(end_of(g.spec), g.value, 1e-10) << g.spec;
}

TEST(Multistep, GoldenValuesOfDeis) {
  for (const Golden& g : {Golden{"deis:degree=0", .2023592632},
                          {"deis:degree=1", .2420071459},
                          {"deis:degree=2", .2551865518},
                          {"deis", .2597870433},
                          {"deis:variable=rho,degree=1", .2319690810},
                          {"deis:variable=rho,degree=2", .2393573464},
                          {"lms", .2410256947},
                          {"rhork:tableau=heun", .2896888875},
                          {"rhork", .2640036595},
                          {"rhork:tableau=rk4", .2664073047}})
    EXPECT_NEAR(end_of(g.spec, "time2"), g.value, 1e-10) << g.spec;
}

// Identities of the papers, to rounding.
TEST(Multistep, MethodsThatAreOneMethod) {
  const at::Tensor x = column({-1.7, -.3, .2, .9});
  const auto same = [&](const char* a, const char* b, const char* grid = "logsnr", double tolerance = 1e-13) {
    for (int steps : {5, 12})
      EXPECT_LT((ends(a, grid, steps, x) - ends(b, grid, steps, x)).abs().max().item<double>(), tolerance)
          << a << " " << b;
  };
  same("unipc:order=2,corrector=off", "dpmpp");  // UniP-2 with bh2 is 2M
  same("unipc:order=3,corrector=off,variant=exact", "dpmpp:order=3,variant=heun");
  same("unipc:order=3,variant=bh1,corrector=off", "unipc:order=3,variant=bh1,corrector=off,skip=3");
  same("ipndm", "lms", "rho", 1e-9);  // on a grid uniform in rho
  same("ghvb:beta=1", "ipndm");
  same("deis:degree=0,variable=rho", "ddim");
  same("dpm:order=1", "dpmpp:order=1");
  same("dpmpp:order=3,eta=0", "dpmpp:order=3");
  same("sa:tau=0,order=2,corrector=2", "unipc:order=2,variant=exact,lower=0");
  same("euler-ancestral:eta=0", "euler");
}

TEST(Multistep, FirstOrderSdeIsThePosteriorStep) {
  const auto model = tp1();
  const Path& path = model->info().path;
  for (const char* grid : {"logsnr", "time"})
    for (int steps : {4, 9})
      EXPECT_EQ(plan_hash(make_plan("dpmpp:order=1,eta=1", grid, steps, path, model->info().head)),
                plan_hash(make_plan("ddpm", grid, steps, path, model->info().head)));
}

struct Order {
  const char *name, *spec, *grid;
  double order;
};
class MultistepOrders : public ::testing::TestWithParam<Order> {};
TEST_P(MultistepOrders, SlopeOfTheErrorOverSteps) {
  const at::Tensor x = column({-1.7, -.3, .2, .9});
  static const at::Tensor exact = ends("rk4", "time2", 2560, x);
  std::vector<double> n, error;
  for (int steps = 40; steps <= 640; steps *= 2) {
    const double e = (ends(GetParam().spec, GetParam().grid, steps, x) - exact).abs().max().item<double>();
    if (e < 1e-10) break;
    n.push_back(steps);
    error.push_back(e);
  }
  ASSERT_GE(n.size(), 3u);
  EXPECT_NEAR(testing::slope(n, error), GetParam().order, .25);
}
INSTANTIATE_TEST_SUITE_P(
    Tp1, MultistepOrders,
    ::testing::Values(
        Order{"o1", "dpmpp:order=1", "logsnr", 1.0}, Order{"m2", "dpmpp", "logsnr", 2.0},
        Order{"s2", "dpmpp:kind=inner", "logsnr", 2.0},
        Order{"s3", "dpmpp:kind=inner,order=3", "logsnr", 2.98}, Order{"m3", "dpmpp:order=3", "logsnr", 3.06},
        Order{"legacy", "dpmpp:order=3,legacy", "logsnr", 2.01}, Order{"n2", "dpm:kind=multi", "logsnr", 2.0},
        Order{"n3", "dpm:kind=inner,order=3", "logsnr", 3.0}, Order{"blocks3", "dpm:order=3", "logsnr", 3.0},
        Order{"unipc1", "unipc:order=1", "logsnr", 2.0}, Order{"unipc2", "unipc:order=2", "logsnr", 3.0},
        Order{"unipc2noise", "unipc:order=2,prediction=noise", "logsnr", 2.99},
        Order{"deis3", "deis", "time2", 3.3}, Order{"ipndm4", "ipndm", "logsnr", 2.0},
        Order{"ghvb4", "ghvb", "logsnr", 2.0}),
    [](const auto& info) { return info.param.name; });

TEST(Adams, WeightsSumToOneAndReachTheirLimits) {
  for (int k = 1; k <= 5; ++k)
    for (const double b : {.1, .5, .8, 1.}) {
      double sum = 0;
      for (const double w : adams(k, b)) sum += w;
      EXPECT_NEAR(sum, 1, 1e-12);
    }
  EXPECT_NEAR(adams(4)[0], 55. / 24, 1e-15);
  EXPECT_NEAR(adams(4)[3], -9. / 24, 1e-15);
  const double b = .7;
  EXPECT_NEAR(adams(3, b)[1], -(24 - 8 * b) / (12 * b), 1e-14);
  EXPECT_NEAR(adams(5, b)[2], (2880 - 264 * b) / (720 * b), 1e-13);
}

// The published values of the momentum samplers, on a grid uniform in rho between two inner times.
TEST(Momentum, GoldenValues) {
  const auto model = tp1();
  const Path& path = model->info().path;
  std::vector<double> times;
  const double first = path.rho(.6), last = path.rho(.15);
  for (int i = 0; i <= 20; ++i) times.push_back(path.time_of_rho(first + (last - first) * i / 20));
  times.front() = .6, times.back() = .15;
  for (const Golden& g : {Golden{"ghvb:order=1,beta=0.5", .1821791569},
                          {"ghvb:order=2,beta=1", .2070504980},
                          {"ghvb:order=2,beta=0.5", .2041566448},
                          {"ghvb:order=3,beta=0.5", .2094844360},
                          {"ghvb:order=4,beta=1", .2130643392},
                          {"ghvb:order=4,beta=0.8", .2127229739},
                          {"ipndm:order=2+hb:beta=0.8", .2013976631},
                          {"ipndm+hb:beta=0.8", .2063874262}})
    EXPECT_NEAR(
        run_plan(model, compile_plan(make_recipe(g.spec), times, path, model->info().head), column({.3}))
            .item<double>(),
        g.value, 1e-9)
        << g.spec;
}

}  // namespace
}  // namespace ulam::multistep_rows_test
