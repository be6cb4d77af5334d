// The stepping loop and its process: stochastic steps in closed form, densities, gradients, allocation.
#include "ulam/draw/loop.h"

#include "support.h"
#include <cstdlib>
#include <new>

#include <gtest/gtest.h>

namespace {
bool counting = false;
long allocations = 0;
}  // namespace

// Not inlined: the compiler would pair malloc with the library's delete and warn.
[[gnu::noinline]] void* operator new(std::size_t size) {
  if (counting) ++allocations;
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
// The library's own nothrow form need not call the one above; a sanitizer's does not.
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  if (counting) ++allocations;
  return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace ulam::loop_test {
namespace {

using testing::column;
using testing::tp1;

struct Moments {
  double mean, variance;
};

// Data N(m, v): D is affine in x, so a plan without history moves the mean and the variance of x in closed
// form.
Moments propagate(const Plan& plan, double m, double v) {
  const Marginal first = plan.path.at(plan.times.front());
  Moments x{first.a * m, first.a * first.a * v + first.s * first.s};
  for (int i = 0; i < plan.levels(); ++i) {
    const Move& move = plan.variant(i, 0).moves.at(0);
    const Row& row = move.rows.at(0);
    const Marginal c = plan.path.at(*move.time);
    const double gain = c.a * v / (c.a * c.a * v + c.s * c.s);  // D = m + gain (x - a m)
    const double of_x = row.of[0] + row.of[1] * gain, constant = row.of[1] * (m - gain * c.a * m);
    x = {of_x * x.mean + constant, of_x * of_x * x.variance + row.noise * row.noise};
  }
  return x;
}

Plan data_plan(const std::string& spec, int steps, const Path& path = Path::vp()) {
  return make_plan(spec, "logsnr", steps, path, Head{Prediction::data, .5});
}

TEST(Stochastic, DdpmIsDdimAtEtaOneIsTheExponentialStep) {
  for (const Path& path : {Path::vp(), Path::cosine(), Path::edm()}) {
    const Plan ddpm = data_plan("ddpm", 7, path), ddim = data_plan("ddim:eta=1", 7, path),
               sde = data_plan("exp:eta=1", 7, path);
    EXPECT_EQ(plan_hash(ddpm), plan_hash(sde));
    for (int i = 0; i < 7; ++i) {
      const Row &a = ddpm.variant(i, 0).moves[0].rows[0], &b = ddim.variant(i, 0).moves[0].rows[0];
      for (std::size_t k = 0; k < 2; ++k) EXPECT_NEAR(a.of[k], b.of[k], 1e-15);
      EXPECT_NEAR(a.noise, b.noise, 1e-15);
    }
  }
}

// The sheet: SDE-1 on N(.7, .3) has an exact mean and a variance error of order 1.
TEST(Stochastic, GaussianDataHasTheRightMeanAndAVarianceErrorOfOrderOne) {
  const double m = .7, v = .3;
  for (const char* spec : {"ddpm", "exp:eta=1", "exp:eta=0.4", "ddim:eta=0.5", "ddim"}) {
    std::vector<double> n, error;
    for (int steps = 40; steps <= 640; steps *= 2) {
      const Plan plan = data_plan(spec, steps);
      const Moments x = propagate(plan, m, v);
      const Marginal last = plan.path.at(plan.times.back());
      EXPECT_NEAR(x.mean, last.a * m, 1e-12) << spec << " " << steps;
      n.push_back(steps);
      error.push_back(std::abs(x.variance - (last.a * last.a * v + last.s * last.s)));
    }
    EXPECT_NEAR(testing::slope(n, error), 1, .2) << spec;
  }
}

// Statistical: the loop really adds that noise (5 sigma of the sample variance of 20000 numbers).
TEST(Stochastic, StatisticalSampleMomentsOfTheLoopAreThoseOfTheMatrices) {
  const auto model = std::make_shared<testing::MixtureModel>(Path::vp(), Head{Prediction::data, .5},
                                                             std::vector<testing::Component>{{1, .7, .3}},
                                                             std::vector<std::int64_t>{1000});
  DrawRequest request{Field(model)};
  request.count = 20;
  for (const char* spec : {"ddpm", "ddpm:variance=large", "exp:prediction=noise,eta=1", "ddim:eta=0.5"}) {
    request.plan = data_plan(spec, 12);
    const Moments want = propagate(*request.plan, .7, .3);
    const at::Tensor x = draw(request).samples;
    // the start is s(T) z: its mean lacks a(T) m, which the matrices carry (a(T) = .0066)
    EXPECT_NEAR(x.mean().item<double>(), want.mean, 5 * std::sqrt(want.variance / 20000) + .01) << spec;
    EXPECT_NEAR(x.var().item<double>(), want.variance, 5 * want.variance * std::sqrt(2. / 20000) + 1e-4)
        << spec;
  }
}

TEST(Gradient, OfAWholeDrawEqualsFiniteDifferences) {
  const auto model = tp1();
  for (const char* spec : {"ddim", "heun", "rk4", "ddpm"}) {
    const Plan plan = make_plan(spec, "time2", 4, model->info().path, model->info().head);
    const at::Tensor x = column({.3, -.8}).requires_grad_(true);
    const at::Tensor y = testing::run_plan(model, plan, x, 0, true, 2);
    ASSERT_TRUE(y.requires_grad()) << spec;
    y.sum().backward();
    const double h = 1e-5;
    const at::Tensor up = testing::run_plan(model, plan, x.detach() + h, 0, false, 2);
    const at::Tensor down = testing::run_plan(model, plan, x.detach() - h, 0, false, 2);
    const at::Tensor want = (up - down) / (2 * h);
    EXPECT_LT((x.grad() - want).abs().max().item<double>(), 1e-7) << spec;
  }
}

TEST(History, StartedInTheMiddleLowersItsOrder) {
  const auto model = tp1();
  Recipe recipe;
  recipe.steps.push_back({.rule = {.form = Form::noise, .variable = Variable::rho}, .order = 3});
  const Path& path = model->info().path;
  const std::vector<double> times = make_grid("time2", path, 10);
  const Plan plan = compile_plan(recipe, times, path, model->info().head);
  const Plan rest = compile_plan(recipe, {times.begin() + 6, times.end()}, path, model->info().head);
  const at::Tensor x = column({.3, .1});
  EXPECT_TRUE(at::equal(testing::run_plan(model, plan, x, 6), testing::run_plan(model, rest, x)));
}

TEST(History, RowsWithDifferentHistoryStepTogetherAsApart) {
  const auto model = tp1();
  Recipe recipe;
  recipe.steps.push_back({.rule = {.form = Form::noise, .variable = Variable::rho}, .order = 3});
  const Path& path = model->info().path;
  const SolverProcess process(compile_plan(recipe, make_grid("time2", path, 8), path, model->info().head),
                              Field(model));
  Ledger ledger;
  std::vector<State> parts;
  std::vector<at::Tensor> apart;
  for (int entry : {0, 2, 4}) {
    const std::vector<std::uint64_t> ids{std::uint64_t(entry)};
    State state = process.start_from(column({.3 + entry}), ids, {}, entry);
    if (entry == 2) process.step(state, ledger, Watch{});
    parts.push_back(clone(state));
    run(process, state, ledger, Watch{});
    apart.push_back(state.x);
  }
  State mixed = concatenate(parts);
  const State resumed = from_arrays(to_arrays(mixed));
  run(process, mixed, ledger, Watch{});
  EXPECT_TRUE(at::equal(mixed.x, at::cat(apart)));
  State again = resumed;
  run(process, again, ledger, Watch{});
  EXPECT_TRUE(at::equal(again.x, mixed.x));
}

TEST(History, OfAnotherGridIsUsedAtItsOwnNodes) {
  const auto model = tp1();
  Recipe recipe;
  recipe.steps.push_back({.rule = {.form = Form::noise, .variable = Variable::rho}, .order = 2});
  const Path& path = model->info().path;
  const SolverProcess first(compile_plan(recipe, {.8, .6, .4}, path, model->info().head), Field(model));
  const SolverProcess second(compile_plan(recipe, {.6, .35, .1}, path, model->info().head), Field(model));
  const SolverProcess whole(compile_plan(recipe, {.8, .6, .35, .1}, path, model->info().head), Field(model));
  Ledger ledger;
  const std::vector<std::uint64_t> ids{0};
  State state = first.start_from(column({.5}), ids), one = whole.start_from(column({.5}), ids);
  first.step(state, ledger, Watch{});
  state.level = {0};
  run(second, state, ledger, Watch{});
  run(whole, one, ledger, Watch{});
  EXPECT_TRUE(at::equal(state.x, one.x));
}

TEST(Loop, ACopyOfAStateIsSafeFromStepsInPlace) {
  const auto model = tp1();
  for (const char* spec : {"ddim", "heun", "ddpm"}) {
    const SolverProcess process(make_plan(spec, "time2", 4, model->info().path, model->info().head),
                                Field(model));
    const std::vector<std::uint64_t> ids{1, 2};
    State state = process.start(ids);
    const State copy = state;
    const at::Tensor bits = state.x.clone();
    Ledger ledger;
    process.step(state, ledger, Watch{});
    EXPECT_TRUE(at::equal(copy.x, bits)) << spec;
    EXPECT_FALSE(at::equal(state.x, bits)) << spec;
  }
}

// Gives the same tensors again and again, so that only the loop could allocate.
class Quiet : public Model {
 public:
  explicit Quiet(int answers) {
    info_.path = Path::vp();
    info_.shape = {64};
    info_.head.kind = Prediction::noise;
    for (int i = 0; i < answers; ++i) pool_.push_back(at::zeros({16, 64}));
  }
  const ModelInfo& info() const override { return info_; }
  at::Tensor forward(const at::Tensor&, const at::Tensor&, const Conditions&, Call&) const override {
    const bool was = counting;
    counting = false;
    at::Tensor p = at::zeros({16, 64});
    counting = was;
    return p;
  }

 private:
  ModelInfo info_;
  std::vector<at::Tensor> pool_;
};

TEST(Loop, AllocatesNothingOutsideModelCallsOnceWarm) {
  const auto model = std::make_shared<Quiet>(8);
  Recipe multistep;
  multistep.steps.push_back({.rule = {.form = Form::noise, .variable = Variable::rho}, .order = 3});
  for (const Recipe& recipe :
       {make_recipe("ddim"), make_recipe("heun"), make_recipe("rk4"), make_recipe("ddpm"), multistep}) {
    const SolverProcess process(
        compile_plan(recipe, make_grid("time2", Path::vp(), 12), Path::vp(), model->info().head),
        Field(model));
    std::vector<std::uint64_t> ids(16);
    for (std::size_t i = 0; i < 16; ++i) ids[i] = i;
    State state = process.start(ids);
    Ledger ledger;
    const Watch watch;
    for (int i = 0; i < 6; ++i) process.step(state, ledger, watch);
    allocations = 0;
    counting = true;
    for (int i = 6; i < 12; ++i) process.step(state, ledger, watch);
    counting = false;
    EXPECT_EQ(allocations, 0) << recipe.solver;
  }
}

TEST(Loop, RefusesStatesThatDoNotFit) {
  const auto model = tp1();
  const SolverProcess process(make_plan("ddim", "time2", 4, model->info().path, model->info().head),
                              Field(model));
  Ledger ledger;
  const std::vector<std::uint64_t> ids{1, 2};
  State done = process.start(ids);
  run(process, done, ledger, Watch{});
  EXPECT_NE(testing::error_text([&] { process.step(done, ledger, Watch{}); }).find("level 4"),
            std::string::npos);
  EXPECT_NE(testing::error_text([&] { process.start_from(column({1.}), ids); }).find("2 rows"),
            std::string::npos);
  EXPECT_NE(testing::error_text([&] {
              process.start_from(column({1., 2.}), ids, {}, 5);
            }).find("0 to 4"),
            std::string::npos);
  EXPECT_NE(testing::error_text([&] {
              process.start_from(column({1., 2.}).to(at::kFloat), ids);
            }).find("Float"),
            std::string::npos);
  EXPECT_NE(testing::error_text([&] {
              process.start(ids, {{"shift", column({1.})}});
            }).find("'shift'"),
            std::string::npos);
  const auto other = tp1(Prediction::data);
  EXPECT_NE(testing::error_text([&] { SolverProcess(process.plan(), Field(other)); }).find("predicts noise"),
            std::string::npos);
}

TEST(Loop, ReportsProgressInEvaluations) {
  const auto model = tp1();
  const SolverProcess process(make_plan("heun", "time2", 3, model->info().path, model->info().head),
                              Field(model));
  const std::vector<std::uint64_t> ids{1, 2};
  State state = process.start(ids);
  std::vector<std::int64_t> done;
  Watch watch;
  watch.progress = [&](const Progress& p) {
    done.push_back(p.done);
    EXPECT_EQ(p.total, 12);
    EXPECT_EQ(p.unit, "evaluations");
  };
  Ledger ledger;
  run(process, state, ledger, watch);
  EXPECT_EQ(done, (std::vector<std::int64_t>{4, 8, 12}));
}

}  // namespace
}  // namespace ulam::loop_test
