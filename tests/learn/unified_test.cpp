#include "ulam/learn/unified.h"

#include "tests/draw/support.h"
#include "tests/errors.h"

#include <gtest/gtest.h>

namespace ulam::unified_test {
namespace {

using ulam::testing::column;
using ulam::testing::run_plan;
using ulam::testing::slope;
using ulam::testing::tp1;

// Largest difference between two general forms, relative to the largest coefficient.
double difference(const LinearPlan& a, const LinearPlan& b) {
  EXPECT_EQ(a.times, b.times);
  EXPECT_EQ(a.end, b.end);
  double worst = 0, largest = 0;
  const auto see = [&](double x, double y) {
    worst = std::max(worst, std::abs(x - y));
    largest = std::max(largest, std::abs(x));
  };
  for (std::size_t k = 0; k < a.keep.size() && k < b.keep.size(); ++k) {
    see(a.keep[k], b.keep[k]);
    for (std::size_t j = 0; j <= k; ++j) see(a.of[k][j], b.of[k][j]);
  }
  return worst / largest;
}

// The published samplers are points of the space, to rounding, on grids of every kind.
TEST(Unified, PublishedSamplersAreEqual) {
  for (const Path& path : {Path::vp(), Path::edm(), Path::flow()})
    for (const char* grid : {"time", "karras"}) {
      const std::vector<double> times = make_grid(grid, path, 7);
      const auto is = [&](const UnifiedRecipe& recipe, const std::string& spec) {
        const Plan plan = compile_plan(make_recipe(spec), times, path, Head{});
        // In terms of D the noise form is a difference of numbers up to 1/a and s_0/s_n times as large.
        const double most = recipe.steps[0].form == Form::noise ? 1e-10 : 1e-14;
        EXPECT_LT(difference(linear_plan(recipe, path), linear_plan(plan)), most)
            << spec << " " << grid << " " << ulam::testing::path_name(path);
      };
      is(unified_ddim(times), "ddim");
      for (const bool lower : {false, true}) {
        const std::string end = lower ? "lower=1000" : "lower=0";
        is(unified_multistep(times, 2, Form::data, lower), "dpmpp:" + end);
        UnifiedRecipe heun = unified_multistep(times, 2, Form::data, lower);
        for (UnifiedStep& s : heun.steps) s.relax = Relaxation::none;
        is(heun, "dpmpp:variant=heun," + end);
        for (const int order : {2, 3, 4})
          for (const char* form : {"data", "noise"})
            is(unified_unipc(times, order, std::string(form) == "data" ? Form::data : Form::noise,
                             Relaxation::none, lower),
               fmt::format("unipc:order={},variant=exact,prediction={},{}", order, form, end));
        if (path.at(times[0]).a == 0) continue;  // the draw relaxes by the points that are left there
        is(unified_unipc(times, 2, Form::data, Relaxation::midpoint, lower), "unipc:order=2," + end);
        is(unified_unipc(times, 3, Form::data, Relaxation::b_h, lower), "unipc:variant=bh1," + end);
      }
      UnifiedRecipe implicit = unified_unipc(times, 2, Form::data, Relaxation::none, false);
      for (std::size_t i = 0; i + 1 < implicit.steps.size(); ++i)
        implicit.steps[i].correct = Correction::implicit;
      is(implicit, "unipc:order=2,variant=exact,corrector=implicit,lower=0");
      EXPECT_EQ(implicit.evaluations(), 13);
    }
}

TEST(Unified, ThirdOrderAndItsNoiseFormAreEqual) {
  const Path path = Path::vp();
  const std::vector<double> times = make_grid("time2", path, 6);
  UnifiedRecipe third = unified_multistep(times, 3, Form::data, false);
  for (UnifiedStep& s : third.steps) s.relax = Relaxation::none;
  EXPECT_LT(
      difference(linear_plan(third, path),
                 linear_plan(make_plan("unipc:corrector=off,variant=exact,lower=0", "time2", 6, path, {}))),
      1e-14);
  for (UnifiedStep& s : third.steps) s.form = Form::noise;
  EXPECT_LT(difference(linear_plan(third, path),
                       linear_plan(make_plan("deis:variable=logsnr,degree=2", "time2", 6, path, {}))),
            1e-13);  // what the quadrature behind deis promises
}

// A step that begins where the one before did: DPM-Solver++(2S) with its inner point at the middle.
TEST(Unified, SingleStepMethodsAreEqual) {
  const Path path = Path::vp();
  const Plan plan = make_plan("dpmpp:kind=inner", "time2", 4, path, Head{});
  std::vector<double> times;
  const LinearPlan single = linear_plan(plan);
  times = single.times;
  times.push_back(single.end);
  UnifiedRecipe recipe = unified_single(times, Form::data);
  const LinearPlan exact = linear_plan(recipe, path);
  const auto model = tp1();
  const at::Tensor x = column({-1.2, .3, 1.4});
  EXPECT_LT(difference(exact, single), 1e-14);
  EXPECT_EQ(exact.times.size(), 8u);
  EXPECT_LT((run_plan(model, plan_of(exact, make_plan("ddim", "time2", 4, path, model->info().head)), x) -
             run_plan(model, make_plan("dpmpp:kind=inner", "time2", 4, path, model->info().head), x))
                .abs()
                .max()
                .item<double>(),
            1e-10);
}

TEST(Unified, EditsAreThoseOfTheDraw) {
  const Path path = Path::vp();
  const std::vector<double> times = make_grid("time", path, 6);
  UnifiedRecipe dc = unified_unipc(times, 2, Form::data, Relaxation::midpoint, true);
  const std::vector<double> ratios{1, 1, .98, 1.17, 1.4, .9};
  for (std::size_t i = 0; i < 6; ++i) dc.steps[i].ratio = ratios[i];
  const auto compiled = [&](const std::string& spec) {
    return linear_plan(compile_plan(make_recipe(spec), times, path, Head{}));
  };
  EXPECT_LT(
      difference(linear_plan(dc, path), compiled("unipc:order=2,lower=1000+dc:ratios=1/1/0.98/1.17/1.4/0.9")),
      1e-14);
  UnifiedRecipe ball = unified_multistep(times, 2, Form::data, false);
  for (UnifiedStep& s : ball.steps) s.heavy_ball = .8;
  EXPECT_LT(difference(linear_plan(ball, path), compiled("dpmpp:lower=0+hb:beta=0.8")), 1e-14);
  UnifiedRecipe first = unified_multistep(times, 2, Form::data, false);
  first.skip_first = true;
  const LinearPlan a = linear_plan(first, path), b = compiled("dpmpp:lower=0+afs");
  EXPECT_LT(difference(a, b), 1e-14);
  EXPECT_EQ(a.start, times.front());
  EXPECT_NEAR(a.enter, b.enter, 1e-15);
  EXPECT_EQ(first.evaluations(), 5);
}

// A first step without the model is exact for Gaussian data of its variance, and with variance 1 on a path
// with a^2 + s^2 = 1 the draw begins at the second time.
TEST(Unified, TheFirstStepIsThatOfGaussianData) {
  const Path path = Path::vp();
  const auto model = std::make_shared<ulam::testing::MixtureModel>(
      path, Head{}, std::vector<ulam::testing::Component>{{1, 0, .3}});
  const auto like = make_plan("ddim", "time", 2, path, Head{});
  UnifiedRecipe r = unified_ddim({1, .4, .001});
  r.skip_first = true;
  r.first_variance = .3;
  const LinearPlan plan = linear_plan(r, path);
  const Marginal from = path.at(1), to = path.at(.4);
  EXPECT_NEAR(plan.enter,
              std::sqrt((to.s * to.s + .3 * to.a * to.a) / (from.s * from.s + .3 * from.a * from.a)), 1e-15);
  // The model's own answer at the start is what stands for it.
  UnifiedRecipe second = unified_multistep({1, .4, .001}, 2, Form::data, false), asked = second;
  second.skip_first = true;
  second.first_variance = .3;
  const at::Tensor x = column({-1., .5});
  const at::Tensor answer = [&] {
    Call call;
    return model->forward(x, at::full({2}, 1., at::kDouble), {}, call);
  }();
  EXPECT_LT(
      (answer - x * (from.a * .3 / (from.s * from.s + .3 * from.a * from.a))).abs().max().item<double>(),
      1e-14);
  // From the same state at .4, with the same history, both end at the same point.
  LinearPlan whole = linear_plan(asked, path), part = linear_plan(second, path);
  whole.keep[0] = part.enter;
  whole.of[0][0] = 0;
  EXPECT_LT((run_plan(model, plan_of(whole, like), x) - run_plan(model, plan_of(part, like), x))
                .abs()
                .max()
                .item<double>(),
            1e-14);
  r.first_variance = 1;
  EXPECT_NEAR(linear_plan(r, path).enter, 1, 1e-14);
}

double measured_order(const std::function<void(UnifiedStep&)>& change, int order) {
  const auto model = tp1(Prediction::data);
  const Path& path = model->info().path;
  const at::Tensor x = column({-1.5, -.6, .1, .7, 1.3});
  const at::Tensor exact = run_plan(model, make_plan("rk4", "logsnr", 2000, path, model->info().head), x);
  std::vector<double> n, error;
  for (const int steps : {80, 160, 320}) {
    UnifiedRecipe r = unified_multistep(make_grid("logsnr", path, steps), order, Form::data, false);
    for (UnifiedStep& s : r.steps) {
      s.relax = Relaxation::none;
      change(s);
    }
    const Plan plan = plan_of(linear_plan(r, path), make_plan("ddim", "time2", 4, path, model->info().head));
    n.push_back(steps);
    error.push_back((run_plan(model, plan, x) - exact).abs().mean().item<double>());
  }
  return slope(n, error);
}

// The order of a recipe is the least of its steps'; a linear relaxation keeps order 2; the first derivative
// from one point leaves order 2 of three terms.
TEST(Unified, OrdersAreThoseOfTheTheory) {
  EXPECT_NEAR(measured_order([](UnifiedStep&) {}, 2), 2, .2);
  EXPECT_NEAR(measured_order([](UnifiedStep&) {}, 3), 3, .35);
  EXPECT_NEAR(measured_order([](UnifiedStep& s) { s.relax = Relaxation::linear, s.relax_by = .4; }, 2), 2,
              .2);
  EXPECT_NEAR(measured_order(
                  [](UnifiedStep& s) {
                    if (s.order == 3) s.active = {{1}, {1, 2}};
                  },
                  3),
              2, .25);
  int i = 0;
  EXPECT_NEAR(measured_order([&](UnifiedStep& s) { s.order = ++i % 2 == 0 ? s.order : 1; }, 3), 1, .2);
}

TEST(Unified, BadRecipesAreRefused) {
  const Path path = Path::vp();
  const auto refuse = [&](const std::vector<std::string>& words,
                          const std::function<void(UnifiedRecipe&)>& change) {
    UnifiedRecipe r = unified_multistep({1, .6, .3, .001}, 3, Form::data, false);
    change(r);
    ulam::testing::expect_error(ErrorKind::option, words, [&] { linear_plan(r, path); });
  };
  refuse({"step 1", "order 3"}, [](UnifiedRecipe& r) { r.steps[1].order = 3; });
  refuse({"step 0", "order 0"}, [](UnifiedRecipe& r) { r.steps[0].order = 0; });
  refuse({"step 1", "start 2", "0 to 1"}, [](UnifiedRecipe& r) { r.steps[1].start = 2; });
  refuse({"step 2", "derivative 2 needs 2"}, [](UnifiedRecipe& r) { r.steps[2].active = {{1}, {1}}; });
  refuse({"step 2", "different"}, [](UnifiedRecipe& r) { r.steps[2].active = {{0}}; });
  refuse({"step 2", "different"}, [](UnifiedRecipe& r) { r.steps[2].active = {{1, 1}}; });
  refuse({"step 2", "different"}, [](UnifiedRecipe& r) { r.steps[2].active = {{7}}; });
  refuse({"first variance of -1"}, [](UnifiedRecipe& r) { r.first_variance = -1; });
  refuse({"not finite"}, [](UnifiedRecipe& r) { r.steps[2].ratio = NAN; });
  refuse({"times"}, [](UnifiedRecipe& r) { r.times[1] = 2; });
  refuse({"3 steps"}, [](UnifiedRecipe& r) { r.times.pop_back(); });
}

}  // namespace
}  // namespace ulam::unified_test
