// Draws with guidance terms: the laws of Gaussian data, and what they cost.
#include "tests/guide/support.h"

#include <gtest/gtest.h>

#include "ulam/draw/draw.h"

namespace ulam::guidance_test {
namespace {

using guide_test::largest;

constexpr double most = 80, least = 1e-4;

ProblemPtr gaussian(double mean, double deviation) {
  return problem_from_json({{"problem", "gaussian"},
                            {"mean", {mean}},
                            {"variances", {deviation * deviation}},
                            {"path", {{"kind", "edm"}, {"sigma_min", least}, {"sigma_max", most}}}},
                           "test.json", "");
}
ModelFinder finds(ModelPtr model) {
  return [model](const std::string&) { return model; };
}

struct Ends {
  at::Tensor start, end;
};
Ends converged(const ModelPtr& model, const Terms& terms) {
  DrawRequest request{Field(model, 0, {}, terms)};
  request.solver = "rk4";
  request.steps = 300;
  request.count = 16;
  request.seed = 3;
  std::vector<std::uint64_t> ids;
  for (std::uint64_t i = 0; i < 16; ++i) ids.push_back(i);
  const std::vector<std::int64_t> shape{1};
  return {keyed_normal(3, Stream::start, ids, 0, shape, at::kDouble) * most, draw(request).samples};
}
// How a Gaussian of deviation tau without guidance shrinks between two noise levels.
double shrink(double tau, double from, double to) {
  return std::sqrt((tau * tau + to * to) / (tau * tau + from * from));
}

// Equal variances: guidance moves the mean by the scale and leaves the variance (derived in closed form).
TEST(Guidance, TheMeanOfAGaussianMovesByTheScale) {
  for (const double scale : {0.0, 1.5, 3.0}) {
    const Ends e = converged(
        gaussian(0.4, 0.5),
        {make_term("autoguidance:model=m,scale=" + std::to_string(scale), finds(gaussian(-0.2, 0.5)))});
    const double mean = -0.2 + scale * 0.6;
    EXPECT_LT(largest(e.end - (mean + (e.start - mean) * shrink(0.5, most, 0))), 1e-6) << scale;
  }
}

// Zero means: the deviation becomes a geometric mix, which is not that of the tilted density; inside an
// interval only.
TEST(Guidance, TheDeviationOfAGaussianIsAGeometricMix) {
  const double good = 0.5, bad = 0.8, w = 2.5;
  const Ends e =
      converged(gaussian(0, good), {make_term("autoguidance:model=m,scale=2.5", finds(gaussian(0, bad)))});
  const double law = std::pow(shrink(good, most, 0), w) * std::pow(shrink(bad, most, 0), 1 - w);
  EXPECT_LT(largest(e.end - e.start * law), 1e-6);
  EXPECT_NEAR(law * most, std::pow(good, w) * std::pow(bad, 1 - w), 1e-3);
}

TEST(Guidance, AnIntervalActsInsideAlone) {
  const double good = 0.5, bad = 0.8, w = 2.5;
  DrawRequest request{Field(gaussian(0, good), 0, {},
                            {make_term("sims:model=m,omega=1.5,low=0.3,high=2", finds(gaussian(0, bad)))})};
  // Levels at the ends of the interval, and no evaluation outside its step: none crosses them.
  for (const auto& [from, to] : {std::pair{most, 2.0}, {2.0, 0.3}, {0.3, least}})
    for (int i = 0; i < 100; ++i) request.times.push_back(from * std::pow(to / from, i / 100.0));
  request.times[100] = 2.0;
  request.times[200] = 0.3;
  request.times.push_back(least);
  request.solver = "dpmpp:order=2,kind=inner";
  request.count = 4;
  request.seed = 3;
  const DrawResult result = draw(request);
  const double inside = std::pow(shrink(good, 2, 0.3), w) * std::pow(shrink(bad, 2, 0.3), 1 - w);
  const double law = shrink(good, most, 2) * inside * shrink(good, 0.3, least);
  const std::vector<std::uint64_t> ids{0, 1, 2, 3};
  const std::vector<std::int64_t> shape{1};
  const at::Tensor start = keyed_normal(3, Stream::start, ids, 0, shape, at::kDouble) * most;
  EXPECT_LT(largest(result.samples - start * law), 2e-4);
}

// What is promised before the run is what the ledger says after it, for every pair and with windows.
TEST(Guidance, EveryPairOfTermsCostsWhatItPromises) {
  const auto find = [](const std::string& name) -> ModelPtr {
    if (name == "judge") return std::make_shared<guide_test::Judge>();
    if (name == "noised") return std::make_shared<guide_test::NoisedJudge>();
    return guide_test::classes(name == "other" ? "noise" : "velocity");
  };
  const std::vector<std::string> specs = {"cfg:scale=3,high=5",
                                          "cfg:scale=2,rescale=0.7,start=0.3",
                                          "autoguidance:model=weak,scale=2,low=0.1",
                                          "sims:model=other,omega=0.5,stop=0.8",
                                          "gfcg:classifier=judge,strength=2,low=0.2,high=3",
                                          "apg:scale=3,momentum=-0.5,low=0.2,high=4",
                                          "cfg:scale=2,form=projected,high=6",
                                          "cg:classifier=noised,scale=2,low=0.3",
                                          "cg:classifier=noised,of=estimate,scale=1,high=2",
                                          "minority:classifier=noised,scale=1,stop=0.7"};
  for (const std::string& a : specs)
    for (const std::string& b : specs)
      for (const char* solver : {"ddim", "heun"}) {
        DrawRequest request{Field(guide_test::classes(), 3, {}, {make_term(a, find), make_term(b, find)})};
        request.solver = solver;
        request.steps = 6;
        request.count = 4;
        request.conditions = guide_test::labels(4);
        const Plan plan = plan_of(request);
        const DrawResult result = draw(request);
        EXPECT_EQ(result.spent.evaluations, 4 * evaluations(plan, request.field))
            << a << " + " << b << ' ' << solver;
        EXPECT_GT(evaluations(plan, request.field), evaluations(plan));
      }
}

// Where rows choose their own steps the promise is a bound.
TEST(Guidance, AdaptiveDrawsStayWithinTheirBound) {
  const auto find = [](const std::string&) -> ModelPtr { return guide_test::classes("velocity"); };
  DrawRequest request{Field(guide_test::classes(), 0, {}, {make_term("cfg:scale=3,low=0.5,high=5", find)})};
  request.solver = "adaptive:most=60";
  request.count = 4;
  request.conditions = guide_test::labels(4);
  const Plan plan = plan_of(request);
  const DrawResult result = draw(request);
  EXPECT_EQ(evaluations(plan, request.field), 2 * evaluations(plan));
  EXPECT_LE(result.spent.evaluations, 4 * evaluations(plan, request.field));
  EXPECT_GT(result.spent.evaluations, 0);
}

// Switched off, a term leaves the bits and the price of the draw, with any solver.
TEST(Guidance, TermsSwitchedOffChangeNothing) {
  const auto find = [](const std::string& name) -> ModelPtr {
    if (name == "judge") return std::make_shared<guide_test::Judge>();
    if (name == "noised") return std::make_shared<guide_test::NoisedJudge>();
    return guide_test::classes("velocity");
  };
  for (const char* spec :
       {"cfg:scale=1", "autoguidance:model=weak,scale=1", "sims:model=weak,omega=0", "cfg:scale=4,high=1e-6",
        "apg:scale=1", "cfg:scale=1,form=projected", "cg:classifier=noised,scale=0",
        "cg:classifier=noised,of=estimate,scale=0", "minority:classifier=noised,scale=0",
        "gfcg:classifier=judge,strength=0", "gfcg:classifier=judge,strength=2,high=1e-6"})
    for (const char* solver : {"ddim", "heun", "unipc", "ddpm"}) {
      const auto drawn = [&](const Terms& terms) {
        DrawRequest request{Field(guide_test::classes(), 0, {}, terms)};
        request.solver = solver;
        request.steps = 5;
        request.count = 3;
        request.conditions = guide_test::labels(3);
        return draw(request);
      };
      const DrawResult off = drawn({make_term(spec, find)}), plain = drawn({});
      EXPECT_TRUE(at::equal(off.samples, plain.samples)) << spec << ' ' << solver;
      EXPECT_EQ(off.spent.evaluations, plain.spent.evaluations) << spec << ' ' << solver;
    }
}

}  // namespace
}  // namespace ulam::guidance_test
