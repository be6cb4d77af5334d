// What dynamic compensation and DualFast do to a step, and what they leave alone.
#include "support.h"

#include <gtest/gtest.h>

namespace ulam::compensation_test {
namespace {

using testing::column;
using testing::run_plan;
using testing::tp1;

const Row* row_to(const Plan& plan, int step, int count, Row::To to) {
  for (const Row& row : plan.variant(step, count).moves.back().rows)
    if (row.to == to) return &row;
  return nullptr;
}

// D quadratic in t: the compensated entry is D at t' exactly (Lagrange through three, weights in time).
TEST(Compensation, QuadraticsAreMovedExactly) {
  const auto f = [](double t) { return .3 - 1.1 * t + 2.7 * t * t; };
  for (const double ratio : {.4, .98, 1.3}) {
    const Plan plan = make_plan("dpmpp+dc:ratio=" + std::to_string(ratio), "time2", 6, Path::vp(), Head{});
    const double t = plan.times[3], one = plan.times[2], two = plan.times[1];
    const Row* push = row_to(plan, 3, 2, Row::To::history);
    ASSERT_NE(push, nullptr);
    EXPECT_NEAR(push->of.back() * f(t) + push->of[1] * f(one) + push->of[2] * f(two),
                f(ratio * t + (1 - ratio) * one), 1e-12);
  }
}

// Two evaluations of history for a first-order host too, else the edit would silently never act.
TEST(Compensation, KeepsThreePredictionsWhateverTheHostKeeps) {
  for (const char* host : {"ddim", "dpmpp", "unipc:order=1"})
    EXPECT_GE(make_plan(std::string(host) + "+dc:ratio=1.1", "time2", 5, Path::vp(), Head{}).history, 2);
}

double rms(const std::string& spec, int steps) {
  const auto model = tp1();
  const Path& path = model->info().path;
  const at::Tensor x = column({-1.7, -.3, .2, .9});
  static const at::Tensor exact =
      run_plan(model, make_plan("rk4", "time2", 2560, path, model->info().head), x);
  return (run_plan(model, make_plan(spec, "time", steps, path, model->info().head), x) - exact)
      .square()
      .mean()
      .sqrt()
      .item<double>();
}
// A fixed ratio is an error of O(h) in D.
TEST(Compensation, FixedRatiosLeaveOrderOne) {
  for (const char* host : {"dpmpp", "unipc:order=2", "deis"})
    EXPECT_NEAR(std::log2(rms(std::string(host) + "+dc:ratio=0.5", 320) /
                          rms(std::string(host) + "+dc:ratio=0.5", 640)),
                1, .15)
        << host;
}
// The error that a ratio r adds is |r - 1| O(h): the best ratio tends to 1 as N grows.
TEST(Compensation, TheBestRatioTendsToOne) {
  const auto best = [](int steps) {
    double at = 0, least = 1e9;
    for (int i = 0; i <= 40; ++i) {
      const double ratio = .5 + .025 * i;
      const double e = rms("unipc:order=2,lower=1000+dc:ratio=" + std::to_string(ratio), steps);

      if (e < least) least = e, at = ratio;
    }
    return std::abs(at - 1);
  };
  const double few = best(5), more = best(20), most = best(320);
  EXPECT_GT(few, more);
  EXPECT_GT(more, most);
}

// Eq. 8 in the data form: D_new = D - c (s/a)(eps - eps_tau), times the whole weight of the step; the
// difference terms and the history stay the host's.
TEST(DualFast, EditsTheFirstOrderTermOnly) {
  const Path path = Path::vp();
  const double c = .3;
  for (const char* host : {"ddim", "dpmpp", "dpmpp:order=3"}) {
    const Plan plain = make_plan(host, "time2", 8, path, Head{});
    const Plan edited =
        make_plan(std::string(host) + "+dualfast:c=0.3,schedule=constant", "time2", 8, path, Head{});
    const int step = 4, count = 3;
    const Row *x = row_to(plain, step, count, Row::To::x), *y = row_to(edited, step, count, Row::To::x);
    const Row* kept = row_to(edited, step, count, Row::To::history);
    ASSERT_TRUE(x && y && kept);
    const Marginal m = path.at(plain.times[step]), to = path.at(plain.times[step + 1]);
    const double whole = to.a - to.s * m.a / m.s;  // weight of D in the first-order step
    // Columns of the edited plan: x, history, the kept eps, the answer D; eps = (x - a D) / s.
    EXPECT_NEAR(y->of[0] - x->of[0], -whole * c * (m.s / m.a) / m.s, 1e-12) << host;
    EXPECT_NEAR(y->of.back() - x->of.back(), whole * c * (m.s / m.a) * m.a / m.s, 1e-12) << host;
    EXPECT_NEAR(y->of[y->of.size() - 2], whole * c * m.s / m.a, 1e-12) << host;
    const Row* history = row_to(plain, step, count, Row::To::history);
    for (std::size_t j = 1; history && j + 1 < x->of.size(); ++j)
      EXPECT_NEAR(y->of[j], x->of[j], 1e-13) << host;
    EXPECT_EQ(kept->of.back(), 1) << host;  // as the model gave it
    EXPECT_EQ(std::count(kept->of.begin(), kept->of.end(), 0.), static_cast<long>(kept->of.size()) - 1);
  }
}
TEST(DualFast, OneStepHasNothingToLookBackTo) {
  const auto model = tp1();
  const Path& path = model->info().path;
  const auto end = [&](const std::string& spec) {
    return run_plan(model, make_plan(spec, "time2", 1, path, model->info().head), column({.3}))
        .item<double>();
  };
  for (const char* edit : {"dualfast", "dualfast:schedule=constant", "dualfast:tau=first"})
    EXPECT_EQ(end("dpmpp+" + std::string(edit)), end("dpmpp")) << edit;
}

}  // namespace
}  // namespace ulam::compensation_test
