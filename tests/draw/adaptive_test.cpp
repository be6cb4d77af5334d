// Adaptive steps: the controller, the embedded pair, what a row spends, and that it is nobody else's
// business.
#include "ulam/draw/adaptive.h"

#include "support.h"

#include <gtest/gtest.h>

#include "ulam/draw/apply.h"
#include "ulam/draw/step_compile.h"

namespace ulam::adaptive_test {
namespace {

using testing::column;
using testing::error_text;
using testing::MixtureModel;
using testing::tp1;

Plan plan_for(const std::string& spec, int steps, const Path& path = Path::vp(),
              const Head& head = Head{Prediction::noise, .5}) {
  return make_plan(spec, path.json().value("kind", "") == "edm" ? "karras:final=end" : "logsnr", steps, path,
                   head);
}
struct Outcome {
  State state;
  std::int64_t evaluations = 0;
  AdaptiveReport report;
};
Outcome run_of(const std::shared_ptr<MixtureModel>& model, const Plan& plan, const at::Tensor& x) {
  const SolverProcess process(plan, Field(model));
  std::vector<std::uint64_t> ids;
  for (std::int64_t r = 0; r < x.size(0); ++r) ids.push_back(static_cast<std::uint64_t>(r));
  Outcome out{process.start_from(x.clone(), ids), 0, {}};
  Ledger ledger;
  run(process, out.state, ledger, Watch{});
  out.evaluations = ledger.spent().evaluations;
  out.report = adaptive_report(out.state);
  return out;
}
const at::Tensor& starts() {
  static const at::Tensor x = column({.3, -1.2, 2.1, -.4, .05, 1.1, -2.3, .8});
  return x;
}
at::Tensor converged(const std::shared_ptr<MixtureModel>& model, const Path& path) {
  return testing::run_plan(model, plan_for("dpmpp:order=3,kind=inner", 2000, path, model->info().head),
                           starts());
}

// By hand from the published controller: factor e1^-b1 ..., limited by 1 + atan(. - 1).
TEST(Control, FactorsAreThoseOfTheController) {
  Adaptive a;
  AdaptiveRow row;
  EXPECT_TRUE(control(a, 3, .5, 2, row));
  EXPECT_NEAR(row.length, 2 * (1 + std::atan(std::pow(.5 + 1e-8, -1. / 3) - 1)), 1e-12);
  EXPECT_EQ(row.accepted, 1);
  EXPECT_FALSE(control(a, 3, 8, 2, row));
  EXPECT_NEAR(row.length, 2 * (1 + std::atan(.5 - 1)), 1e-6);
  EXPECT_EQ(row.rejected, 1);
  EXPECT_NEAR(row.last, 1 / (.5 + 1e-8), 1e-9);  // of the accepted one
  a.proportional = .4, a.integral = .3, a.derivative = .1;
  row.older = 1 / .25;
  control(a, 2, .7, 1, row);
  const double want = std::pow(1 / .7, .8 / 2) * std::pow(1 / .5, -.6 / 2) * std::pow(1 / .25, .1 / 2);
  EXPECT_NEAR(row.length, 1 + std::atan(want - 1), 1e-7);
}
// A step into NaN or infinity must shrink, not hang or spread.
TEST(Control, ErrorsThatAreNoNumbersAreRejections) {
  for (const double error : {double(NAN), double(INFINITY)}) {
    AdaptiveRow row;
    EXPECT_FALSE(control(Adaptive{}, 3, error, 1, row));
    EXPECT_GT(row.length, .2);
    EXPECT_LT(row.length, .3);
  }
}

// DPM-Solver-12 and -23 written out (Lu et al. 2022, algorithms 1, 4 and 5) in one step.
TEST(Adaptive, ThePairIsThatOfThePaper) {
  const Path path = Path::vp();
  const auto model = tp1();
  const double from = .6, lam = path.half_log_snr(from), h = .3, to = path.time_of_half_log_snr(lam + h);
  const double x = .37;
  const auto eps = [&](double at, double t) {
    Call call;
    return model->forward(column({at}), at::full({1}, t, at::kDouble), {}, call).item<double>();
  };
  const Marginal s = path.at(from), t = path.at(to);
  for (const int order : {2, 3}) {
    const Plan plan = plan_for(order == 2 ? "adaptive:order=2" : "adaptive", 4);
    const Variant v = compile_step(*plan.recipe, path, plan.head, 0, StepTimes::plain(from, to), {});
    ASSERT_EQ(static_cast<int>(v.moves.size()), order);
    const Memory memory = memory_of(*plan.recipe);
    // Runs the moves on numbers.
    double state = x, answer = 0;
    std::vector<double> registers(static_cast<std::size_t>(plan.memory + plan.scratch), 0.0);
    for (const Move& move : v.moves) {
      answer = eps(state, *move.time);
      std::vector<double> columns{state};
      columns.insert(columns.end(), registers.begin(), registers.end());
      columns.push_back(answer);
      for (const Row& row : move.rows) {
        double sum = 0;
        for (std::size_t i = 0; i < columns.size(); ++i) sum += row.of[i] * columns[i];
        (row.to == Row::To::x ? state : registers[static_cast<std::size_t>(row.index)]) = sum;
      }
    }
    const double e0 = eps(x, from), grow = std::exp(h) - 1;
    double high = 0, low = 0;
    if (order == 2) {
      const double half = path.time_of_half_log_snr(lam + h / 2);
      const Marginal m = path.at(half);
      const double u = m.a / s.a * x - m.s * (std::exp(h / 2) - 1) * e0;
      low = t.a / s.a * x - t.s * grow * e0;
      high = t.a / s.a * x - t.s * grow * eps(u, half);
    } else {
      const double r1 = 1. / 3, r2 = 2. / 3;
      const double t1 = path.time_of_half_log_snr(lam + r1 * h), t2 = path.time_of_half_log_snr(lam + r2 * h);
      const Marginal m1 = path.at(t1), m2 = path.at(t2);
      const double u1 = m1.a / s.a * x - m1.s * (std::exp(r1 * h) - 1) * e0;
      const double d1 = eps(u1, t1) - e0;
      const double u2 = m2.a / s.a * x - m2.s * (std::exp(r2 * h) - 1) * e0 -
                        m2.s * r2 / r1 * ((std::exp(r2 * h) - 1) / (r2 * h) - 1) * d1;
      const double d2 = eps(u2, t2) - e0;
      low = t.a / s.a * x - t.s * grow * e0 - t.s / (2 * r1) * grow * d1;
      high = t.a / s.a * x - t.s * grow * e0 - t.s / r2 * (grow / h - 1) * d2;
    }
    EXPECT_NEAR(state, high, 1e-12) << order;
    EXPECT_NEAR(registers[static_cast<std::size_t>(memory.low)], low, 1e-12) << order;
    EXPECT_EQ(registers[static_cast<std::size_t>(memory.kept)], x) << order;
  }
}

// One step's error: order 2 against 3 in the embedded solution of a pair of order q - 1, q.
TEST(Adaptive, EmbeddedSolutionsHaveTheirOrders) {
  const auto model = tp1();
  const Path path = Path::vp();
  for (const int order : {2, 3}) {
    const Plan plan = plan_for(order == 2 ? "adaptive:order=2" : "adaptive", 1);
    const int low = memory_of(*plan.recipe).low;
    std::vector<double> n, high_error, low_error;
    const double from = .45, lam = path.half_log_snr(from);
    for (int k = 8; k <= 64; k *= 2) {
      const double to = path.time_of_half_log_snr(lam + 1. / k);
      const auto one = [&](const std::string& spec, int steps) {
        std::vector<double> times;
        for (int i = 0; i <= steps; ++i)
          times.push_back(i == 0       ? from
                          : i == steps ? to
                                       : path.time_of_half_log_snr(lam + 1. / k * i / steps));
        return compile_plan(make_recipe(spec), times, path, plan.head);
      };
      const double exact =
          testing::run_plan(model, one("dpmpp:order=3,kind=inner", 64), column({.37})).item<double>();
      const Plan pair = one(plan.solver, 1);
      const double high = testing::run_plan(model, pair, column({.37})).item<double>();
      // The low solution of that step, through the differentiable body's registers: run the moves by hand.
      Group group;
      group.state.x = column({.37});
      group.variant = &pair.steps[0].variants[0];
      group.registers.resize(static_cast<std::size_t>(pair.memory + pair.scratch));
      for (const Move& move : group.variant->moves) {
        Call call;
        group.answer = model->forward(group.state.x, at::full({1}, *move.time, at::kDouble), {}, call);
        apply_plain(move, group, 0, 0);
      }
      n.push_back(k);
      high_error.push_back(std::abs(high - exact));
      low_error.push_back(std::abs(group.registers[static_cast<std::size_t>(low)].item<double>() - exact));
    }
    EXPECT_NEAR(testing::slope(n, low_error), order, .35) << order;  // local: one more than the order
    EXPECT_NEAR(testing::slope(n, high_error), order + 1, .35) << order;
  }
}

TEST(Adaptive, ErrorFallsWithTheToleranceAndTheEndIsThatOfTheReference) {
  for (const Path& path : {Path::vp(), Path::edm()}) {
    const auto model = tp1(Prediction::noise, path);
    const at::Tensor exact = converged(model, path);
    for (const char* order : {"2", "3"}) {
      std::vector<double> cost, error;
      for (const double tolerance : {1e-2, 1e-3, 1e-4, 1e-5}) {
        const Outcome r =
            run_of(model,
                   plan_for(fmt::format("adaptive:order={},rtol={},atol={}", order, tolerance, tolerance / 5),
                            3000, path),
                   starts());
        EXPECT_EQ(r.report.hurried, 0);
        cost.push_back(static_cast<double>(r.evaluations) / 8);
        error.push_back((r.state.x - exact).square().mean().sqrt().item<double>());
      }
      for (std::size_t i = 1; i < 4; ++i) EXPECT_LT(error[i], error[i - 1] * .5) << order << " " << i;
      EXPECT_LT(error[3], 2e-4) << order;
      // The kept solution has one order more than the one whose error is held: error ~ cost^-q at least.
      EXPECT_GT(testing::slope(cost, error), .8 * std::stod(order)) << order;
    }
  }
}

// k-diffusion's dpm_adaptive for one number, written out: where x = x/a and a row is the whole batch, the
// same steps are tried, taken and taken back.
struct Peer {
  double end = 0;
  int tried = 0, rejected = 0;
};
Peer peer(const std::function<double(double, double)>& eps, double x, double sigma, double last, double rtol,
          double atol) {
  Peer out;
  double s = -std::log(sigma), h = .05, previous = x;
  const double end = -std::log(last);
  while (s < end - 1e-5) {
    const double t = std::min(end, s + h), w = t - s;
    const auto sig = [](double lam) { return std::exp(-lam); };
    const double e0 = eps(x, sig(s)), s1 = s + w / 3, s2 = s + w * 2 / 3;
    const double e1 = eps(x - sig(s1) * std::expm1(w / 3) * e0, sig(s1));
    const double u2 = x - sig(s2) * std::expm1(w * 2 / 3) * e0 -
                      sig(s2) * 2 * (std::expm1(w * 2 / 3) / (w * 2 / 3) - 1) * (e1 - e0);
    const double e2 = eps(u2, sig(s2));
    const double low = x - sig(t) * std::expm1(w) * e0 - sig(t) * 1.5 * std::expm1(w) * (e1 - e0);
    const double high = x - sig(t) * std::expm1(w) * e0 - sig(t) * 1.5 * (std::expm1(w) / w - 1) * (e2 - e0);
    const double delta = std::max(atol, rtol * std::max(std::abs(low), std::abs(previous)));
    const double factor = 1 + std::atan(std::cbrt(1 / (std::abs(low - high) / delta + 1e-8)) - 1);
    ++out.tried;
    if (factor >= .81)
      previous = low, x = high, s = t;
    else
      ++out.rejected;
    h *= factor;
  }
  out.end = x;
  return out;
}
TEST(Adaptive, TakesTheStepsOfItsPeer) {
  const Path path = Path::edm();
  const auto model = tp1(Prediction::noise, path);
  const auto eps = [&](double x, double sigma) {
    Call call;
    return model->forward(column({x}), at::full({1}, sigma, at::kDouble), {}, call).item<double>();
  };
  int rejected = 0;
  for (const double tolerance : {.05, .002})
    for (const double x : {31., -90., 4.}) {
      const Outcome r = run_of(
          model, plan_for(fmt::format("adaptive:rtol={},atol={}", tolerance, tolerance / 6), 900, path),
          column({x}));
      const Peer p = peer(eps, x, 80, .002, tolerance, tolerance / 6);
      EXPECT_EQ(r.report.tried, p.tried) << x;
      EXPECT_EQ(r.report.rejected, p.rejected) << x;
      EXPECT_NEAR(r.state.x.item<double>(), p.end, 1e-7) << x;
      rejected += p.rejected;
    }
  EXPECT_GT(rejected, 0);
}

// Rows of one batch end where they end alone, to the bit, and cost what they cost alone.
TEST(Adaptive, ARowDoesNotDependOnItsBatchMates) {
  const auto model =
      std::make_shared<MixtureModel>(Path::vp(), Head{Prediction::noise, .5}, testing::tp1_components(),
                                     std::vector<std::int64_t>{5}, at::kFloat);
  const Plan plan = plan_for("adaptive:rtol=0.01", 200);
  const SolverProcess process(plan, Field(model, 3));
  std::vector<std::uint64_t> ids{1, 2, 3, 4, 5, 6, 7};
  State all = process.start(ids);
  Ledger together, apart;
  for (int i = 0; i < 5; ++i) process.step(all, together, Watch{});
  EXPECT_NE(all.times[0].from, all.times[1].from);  // else nothing was adaptive
  run(process, all, together, Watch{});
  for (std::size_t r = 0; r < ids.size(); ++r) {
    State one = process.start({&ids[r], 1});
    run(process, one, apart, Watch{});
    EXPECT_TRUE(at::equal(one.x[0], all.x[static_cast<std::int64_t>(r)])) << r;
  }
  EXPECT_EQ(together.spent().evaluations, apart.spent().evaluations);
}

// Half-way, at any level, through a file.
TEST(Adaptive, ResumesAndForksInTheMiddle) {
  const auto model = tp1();
  const Plan plan = plan_for("adaptive:rtol=0.001,atol=0.001", 100);
  const SolverProcess process(parse_plan(plan_json(plan).dump()), Field(model));
  const std::vector<std::uint64_t> ids{1, 2, 3};
  Ledger ledger;
  State whole = process.start(ids), cut = process.start(ids);
  run(process, whole, ledger, Watch{});
  for (int i = 0; i < 9; ++i) process.step(cut, ledger, Watch{});
  State resumed = from_arrays(to_arrays(cut));
  State mixed = concatenate(std::vector<State>{index_select(resumed, std::vector<std::int64_t>{2, 0}),
                                               process.start(std::vector<std::uint64_t>{2})});
  run(process, mixed, ledger, Watch{});
  EXPECT_TRUE(at::equal(mixed.x, at::stack({whole.x[2], whole.x[0], whole.x[1]})));
  EXPECT_EQ(mixed.numbers[3][2], whole.numbers[3][1]);
}

// Two narrow modes: eps turns quickly where a row chooses between them.
std::shared_ptr<MixtureModel> stiff() {
  return std::make_shared<MixtureModel>(
      Path::vp(), Head{Prediction::noise, .5},
      std::vector<testing::Component>{{.5, -1, 1e-5}, {.3, .2, 1e-5}, {.2, 1, 1e-5}});
}
TEST(Adaptive, StiffRowsRejectStepsAndTheLedgerCountsThem) {
  const auto model = stiff();
  const Plan plan = plan_for("adaptive:rtol=0.01,atol=0.001", 2000);
  const std::int64_t before = model->rows;
  const Outcome r = run_of(model, plan, starts());
  EXPECT_GT(r.report.rejected, 0);
  EXPECT_EQ(r.evaluations, model->rows - before);
  EXPECT_EQ(r.evaluations, 3 * r.report.tried);
  EXPECT_LT(r.evaluations, 8 * evaluations(plan));
  const at::Tensor exact = converged(model, Path::vp());
  EXPECT_LT((r.state.x - exact).abs().max().item<double>(), .02);
}

// The plan's promise holds: a row that has one step left takes it to the end and says so.
TEST(Adaptive, ARowThatReachesTheMaximumGoesToTheEndAndIsReported) {
  const auto model = stiff();
  const Plan plan = plan_for("adaptive:rtol=0.001,atol=0.0001,most=30", 7);
  EXPECT_EQ(plan.levels(), 10);
  EXPECT_EQ(evaluations(plan), 30);
  const Outcome r = run_of(model, plan, starts());
  EXPECT_EQ(r.evaluations, 8 * 30);
  EXPECT_EQ(r.report.hurried, 8);
  EXPECT_EQ(r.state.level, std::vector<int>(8, 10));
  DrawRequest request{Field(model)};
  request.plan = plan;
  request.count = 5;
  request.batch = 2;
  const DrawResult result = draw(request);
  EXPECT_EQ(result.adaptive.hurried, 5);
  EXPECT_EQ(result.adaptive.tried, 50);
}

TEST(Adaptive, LimitsAtBothEndsAreThePlansSteps) {
  const Path path = Path::flow();
  const auto model = tp1(Prediction::data, path);
  const Plan plan =
      make_plan("adaptive:rtol=0.0001,atol=0.0001,most=302", "time", 5, path, model->info().head);
  EXPECT_EQ(evaluations(plan), 302);  // one each at a = 0 and to s = 0
  const Outcome r = run_of(model, plan, starts());
  EXPECT_EQ(r.report.hurried, 0);
  EXPECT_EQ(r.evaluations, 3 * r.report.tried + 2 * 8);
  EXPECT_TRUE(at::isfinite(r.state.x).all().item<bool>());
  EXPECT_EQ(plan.times[1], make_grid("time", path, 5)[1]);
}

TEST(Adaptive, GridsAreStretchedToTheEvaluationsThatMayBeSpent) {
  const Plan a = plan_for("adaptive", 10), b = plan_for("adaptive:most=60", 10);
  ASSERT_EQ(b.levels(), 20);
  EXPECT_EQ(b.times.front(), a.times.front());
  EXPECT_EQ(b.times.back(), a.times.back());
  for (int i = 0; i <= 10; ++i) EXPECT_EQ(b.times[static_cast<std::size_t>(2 * i)], a.times[std::size_t(i)]);
  EXPECT_NEAR(b.path.half_log_snr(b.times[5]),
              (b.path.half_log_snr(b.times[4]) + b.path.half_log_snr(b.times[6])) / 2, 1e-9);
  EXPECT_NE(error_text([] { plan_for("adaptive:most=2", 10); }).find("pays for no step"), std::string::npos);
  EXPECT_EQ(plan_hash(parse_plan(plan_json(b).dump())), plan_hash(b));
}

TEST(Adaptive, StepsThatMayBeTakenBackTakeNoEdits) {
  for (const char* edit : {"hb", "dualfast", "dc", "afs", "timeshift", "nesterov"})
    EXPECT_NE(error_text([&] { plan_for(std::string("adaptive+") + edit, 5); }), "") << edit;
  EXPECT_NE(error_text([] { plan_for("adaptive+hb", 5); }).find("taken back"), std::string::npos);
}

TEST(Adaptive, ProgressAndCapLiveWithAMaximum) {
  DrawRequest request{Field(tp1())};
  request.plan = plan_for("adaptive:most=300", 10);
  request.count = 4;
  request.batch = 2;
  request.cap = 700;
  std::int64_t done = 0, total = 0;
  request.watch.progress = [&](const Progress& p) {
    EXPECT_GE(p.done, done);
    EXPECT_LE(p.total, 600);
    done = p.done, total = p.total;
  };
  const DrawResult result = draw(request);
  EXPECT_TRUE(result.shrunk);
  EXPECT_EQ(result.ids.size(), 2u);
  EXPECT_EQ(done, total);
  EXPECT_EQ(done, result.spent.evaluations);
  EXPECT_LT(done, 600);
}

}  // namespace
}  // namespace ulam::adaptive_test
