// Draws guided by classifiers, and the forms of cfg that need a plan: closed forms and cost.
#include "tests/guide/exact_classifier.h"

#include <gtest/gtest.h>

#include "ulam/draw/draw.h"

namespace ulam::gradient_guidance_test {
namespace {

using guide_test::exact;
using guide_test::noise;
using guide_test::one;
using guide_test::standard_normal;
using guide_test::wanted;

DrawRequest request(const std::string& spec, const char* solver, int steps, std::int64_t count,
                    const char* head = "data") {
  DrawRequest r{Field(standard_normal(head), 0, {}, one(spec, exact()))};
  r.solver = solver;
  r.steps = steps;
  r.count = count;
  r.seed = 3;
  return r;
}

// Scale 1 gives the exact posterior, mean wanted / (1 + noise), and its spread; scale g the spread to the
// power g, which is not that of the tilted density (.378 at g = 3).
TEST(ClassifierGuidance, TheSpreadOfAGaussianIsThatOfThePosteriorToThePowerOfTheScale) {
  for (const int g : {0, 1, 3})
    for (const char* head : {"data", "noise", "edm"}) {
      const at::Tensor x =
          draw(request("cg:classifier=c,class=0,scale=" + std::to_string(g), "rk4", 200, 2, head)).samples;
      const std::vector<std::uint64_t> ids{0, 1};
      const std::vector<std::int64_t> shape{1};
      const at::Tensor z = keyed_normal(3, Stream::start, ids, 0, shape, at::kDouble);
      const double slope = ((x[0] - x[1]) / (z[0] - z[1])).item<double>();
      const double posterior = std::sqrt(noise / (1 + noise));
      // The start has s = 80, not infinity.
      EXPECT_NEAR(slope, std::pow(posterior, g), 3e-4 * std::max(1, g)) << g << ' ' << head;
      if (g == 1) {
        const double mean = wanted / (1 + noise), shrink = posterior / std::hypot(posterior, 80);
        EXPECT_NEAR(slope, 80 * shrink, 1e-6);
        EXPECT_NEAR((x[0] - slope * z[0]).item<double>(), mean * (1 - shrink), 1e-6);
      }
    }
}

// The mean form on ancestral steps comes to the same law: mean of the posterior.
TEST(ClassifierGuidance, StatisticalMeanFormDrawsThePosterior) {
  const DrawResult r = draw(request("cg:classifier=c,class=0,form=mean", "ddpm", 100, 1000));
  const double posterior = std::sqrt(noise / (1 + noise));
  EXPECT_NEAR(r.samples.mean().item<double>(), wanted / (1 + noise), 5 * posterior / std::sqrt(1000) + .01);
  EXPECT_NEAR(r.samples.std().item<double>(), posterior, 5 * posterior / std::sqrt(2000) + .01);
}

// Without noise in the steps the mean form moves nothing and pays for nothing.
TEST(ClassifierGuidance, MeanFormLeavesDeterministicStepsAlone) {
  DrawRequest plain = request("cg:classifier=c,class=0,scale=0", "ddim", 6, 3),
              mean = request("cg:classifier=c,class=0,form=mean", "ddim", 6, 3);
  EXPECT_TRUE(at::equal(draw(plain).samples, draw(mean).samples));
  EXPECT_EQ(draw(mean).spent.evaluations, 18);
}

TEST(ClassifierGuidance, CostsWhatItPromises) {
  for (const char* spec :
       {"cg:classifier=c,class=0", "cg:classifier=c,class=0,form=mean", "cg:classifier=c,class=0,of=estimate",
        "cg:classifier=c,class=0,low=0.3,high=5", "minority:classifier=c", "cg:classifier=c,class=0,scale=0"})
    for (const char* solver : {"ddim", "heun", "ddpm"}) {
      const DrawRequest r = request(spec, solver, 5, 3);
      EXPECT_EQ(draw(r).spent.evaluations, 3 * evaluations(plan_of(r), r.field)) << spec << ' ' << solver;
    }
  // Two terms that ask the same classifier share its answer.
  DrawRequest both{Field(standard_normal(), 0, {},
                         make_terms("cg:classifier=c,class=0+minority:classifier=c,bin=1", exact()))};
  both.steps = 4;
  EXPECT_EQ(evaluations(plan_of(both), both.field), 8);
  EXPECT_EQ(draw(both).spent.evaluations, 8);
}

DrawRequest of_classes(const std::string& spec, int steps, const char* head = "data") {
  DrawRequest r{Field(guide_test::classes(head), 0, {}, one(spec))};
  r.steps = steps;
  r.count = 4;
  r.conditions = guide_test::labels(4);
  return r;
}

// CFG++ with DDIM, written out: x' = D_u + scale (D_c - D_u) + s' (x - D_u) / s.
TEST(CfgForms, PlusPlusRenewsTheNoiseOfTheUnconditionalAnswer) {
  DrawRequest r = of_classes("cfg:scale=0.6,form=plusplus", 5);
  const Plan plan = plan_of(r);
  const ProblemPtr model = guide_test::classes();
  const std::vector<std::uint64_t> ids{0, 1, 2, 3};
  const std::vector<std::int64_t> shape{2};
  at::Tensor x = keyed_normal(0, Stream::start, ids, 0, shape, at::kDouble) * plan.times[0];
  for (int i = 0; i < plan.levels(); ++i) {
    const double from = plan.times[static_cast<std::size_t>(i)],
                 to = plan.times[static_cast<std::size_t>(i) + 1];
    Call call;
    const at::Tensor t = at::full({4}, from, at::kDouble);
    const at::Tensor given = model->forward(x, t, r.conditions, call), null = model->forward(x, t, {}, call);
    x = null + 0.6 * (given - null) + to * (x - null) / from;
  }
  const DrawResult result = draw(r);
  EXPECT_LT(guide_test::largest(result.samples - x), 1e-9);
  EXPECT_EQ(result.spent.evaluations, 4 * evaluations(plan, r.field));
  EXPECT_EQ(result.spent.evaluations, 40);
}

// Zero-init: in the first steps the state rests, whatever the head, and nothing is asked.
TEST(CfgForms, FirstStepsRestAndCostNothing) {
  at::Tensor first;
  for (const char* head : {"data", "noise", "flow", "edm"}) {
    DrawRequest r = of_classes("cfg:scale=2,zero=2", 6, head);
    r.solver = "euler";
    const Plan plan = plan_of(r);
    EXPECT_EQ(evaluations(plan, r.field), 8) << head;
    const DrawResult zeroed = draw(r);
    EXPECT_EQ(zeroed.spent.evaluations, 32);
    // The same as beginning two steps later from the same state.
    DrawRequest later = of_classes("cfg:scale=2", 6, head);
    const std::vector<std::uint64_t> ids{0, 1, 2, 3};
    const std::vector<std::int64_t> shape{2};
    const SolverProcess p(plan, later.field);
    State state = p.start_from(keyed_normal(0, Stream::start, ids, 0, shape, at::kDouble) * plan.times[0],
                               ids, later.conditions, 2);
    Ledger ledger;
    ASSERT_TRUE(run(p, state, ledger, {}));
    EXPECT_LT(guide_test::largest(state.x - zeroed.samples), 1e-9) << head;
  }
}

// CFG-Zero*: scale the unconditional velocity to the conditional one, then mix; written out on the edm path,
// where the velocity is eps.
TEST(CfgForms, ProjectedScalesTheUnconditionalVelocity) {
  const at::Tensor x = guide_test::rows_of_x(4);
  const Conditions labels = guide_test::labels(4), null{{"label", at::full({4}, 2, at::kLong)}};
  for (const char* head : {"data", "noise", "flow", "edm"}) {
    const auto model = guide_test::classes(head);
    const double s = 0.7;
    const Affine to = to_noise(model->info().head, model->info().path.at(s));
    const auto eps = [&](const at::Tensor& p) { return x * to.of_x + p * to.of_p; };
    const at::Tensor given = eps(guide_test::ask(model, {}, s, x, &labels).prediction),
                     none = eps(guide_test::ask(model, {}, s, x, &null).prediction);
    const at::Tensor best = (given * none).sum(1, true) / none.square().sum(1, true);
    const auto guided = guide_test::ask(model, one("cfg:scale=3,form=projected"), s, x, &labels);
    EXPECT_LT(guide_test::largest(eps(guided.prediction) - (3 * given - 2 * best * none)), 1e-12) << head;
    EXPECT_EQ(guided.evaluations, 8);
  }
}

// Terms that remember and energies cost what they promise beside the others.
TEST(CfgForms, PairsWithOtherTermsCostWhatTheyPromise) {
  const std::vector<std::string> specs = {"cfg:scale=0.5,form=plusplus", "cfg:scale=2,form=projected,zero=1",
                                          "apg:scale=3", "apg:scale=2,momentum=0,high=5",
                                          "cfg:scale=3,low=0.2"};
  for (const std::string& a : specs)
    for (const std::string& b : specs)
      for (const char* solver : {"ddim", "heun", "dpmpp", "ddpm"}) {
        DrawRequest r = of_classes(a, 5);
        r.field = Field(guide_test::classes(), 3, {}, make_terms(a + "+" + b, guide_test::no_model));
        r.solver = solver;
        EXPECT_EQ(draw(r).spent.evaluations, 4 * evaluations(plan_of(r), r.field))
            << a << " + " << b << solver;
      }
}

}  // namespace
}  // namespace ulam::gradient_guidance_test
