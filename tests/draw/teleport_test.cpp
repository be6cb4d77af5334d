#include "ulam/draw/teleport.h"

#include "support.h"
#include "tests/errors.h"

#include <gtest/gtest.h>

#include "ulam/problems/covariance.h"
#include "ulam/problems/mixture.h"
#include "ulam/problems/problem.h"

namespace ulam::teleport_test {
namespace {

using testing::expect_error;

/// Three dimensions, eigenvalues .02, .3 and .9 along tilted axes; with `classes` two of them apart.
ProblemPtr gaussian_problem(const Path& path, bool classes = false,
                            const Head& head = {Prediction::data, .5}) {
  const auto part = [](double shift, int label) {
    return MixturePart{
        1, {.3 + shift, -.2, 1}, low_rank_covariance({.02, .02, .02}, 2, {.3, .5, .6, -.1, -.1, .8}), label};
  };
  std::vector<MixturePart> parts{part(0, classes ? 0 : -1)};
  if (classes) parts.push_back(part(2, 1));
  ProblemSettings settings;
  settings.path = path;
  settings.head = head;
  return Problem::make(make_mixture(std::move(parts)), settings);
}

DrawRequest request_of(const ProblemPtr& problem, const std::string& start, int steps = 12,
                       const char* solver = "heun") {
  DrawRequest request{Field(problem)};
  request.solver = solver;
  request.grid = "karras";
  request.steps = steps;
  request.count = 4;
  request.seed = 3;
  request.start = start;
  request.gaussians = gaussians_of(*problem);
  return request;
}

double apart(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

// The statistics' D and score are those of the exact problem (Tweedie: D = x + sigma^2 score), on any path.
TEST(Teleport, TheGaussianIsTheExactProblem) {
  for (const Path& path : {Path::edm(), Path::vp(), Path::flow()}) {
    const ProblemPtr problem = gaussian_problem(path);
    const GaussianSetPtr set = gaussians_of(*problem);
    const std::vector<std::uint64_t> ids{1, 2, 3};
    for (const double lam : {-3., 0., 2.}) {
      const double t = path.time_of_half_log_snr(lam);
      const Marginal m = path.at(t);
      const at::Tensor x = problem->sample_at(t, ids, 5), times = at::full({3}, t, at::kDouble);
      const at::Tensor d = denoise(set->all, x, m);
      EXPECT_LT(apart(d, problem->denoise(x, times)), 1e-12);
      EXPECT_LT(apart(d * m.a, x + problem->score(x, times) * m.s * m.s), 1e-12);
    }
  }
}

// On Gaussian data the jump is the exact ODE, so a skipping draw equals the full one in the limit of small
// steps, and the distance falls with the order of the solver.
TEST(Teleport, OnGaussianDataTheDrawIsTheFullDraw) {
  for (const Path& path : {Path::edm(), Path::vp()}) {
    const ProblemPtr problem = gaussian_problem(path);
    std::vector<double> steps, errors;
    for (const int n : {20, 40, 80}) {
      const at::Tensor full = draw(request_of(problem, "", n)).samples;
      const at::Tensor jumped =
          draw(request_of(problem, "teleport:skip=" + std::to_string(n / 2), n)).samples;
      steps.push_back(n);
      errors.push_back(apart(full, jumped));
    }
    EXPECT_NEAR(testing::slope(steps, errors), 2, .3);
    EXPECT_LT(errors.back(), 2e-3);
  }
}

// Skipping all steps is a draw for 0 evaluations, and exact on Gaussian data.
TEST(Teleport, SkippingEveryStepIsTheClosedForm) {
  const ProblemPtr problem = gaussian_problem(Path::edm());
  const DrawResult jumped = draw(request_of(problem, "teleport:skip=12"));
  EXPECT_EQ(jumped.spent.evaluations, 0);
  EXPECT_LT(apart(draw(request_of(problem, "", 120, "rk4")).samples, jumped.samples), 1e-6);
}

TEST(Teleport, SkipZeroIsThePlainDrawBitForBit) {
  const ProblemPtr problem = gaussian_problem(Path::edm());
  for (const char* solver : {"heun", "ddpm"}) {
    const at::Tensor plain = draw(request_of(problem, "", 12, solver)).samples;
    for (const char* start : {"noise", "teleport:skip=0", "teleport:sigma=80", "teleport:sigma=1000"})
      EXPECT_TRUE(at::equal(draw(request_of(problem, start, 12, solver)).samples, plain)) << start;
  }
}

// The rest of the draw is the tail of the same grid: the same as entering the plan there by hand. What
// restarts the grid at sigma_max, or makes it anew, fails here.
TEST(Teleport, TheDrawIsTheTailOfTheGridFromTheJump) {
  const ProblemPtr problem = gaussian_problem(Path::vp());
  for (const char* solver : {"heun", "ddim", "ddpm"}) {
    const DrawRequest request = request_of(problem, "teleport:skip=5", 12, solver);
    const DrawResult result = draw(request);
    const SolverProcess process(plan_of(request), request.field, {.seed = request.seed});
    const std::vector<std::uint64_t> ids{0, 1, 2, 3};
    const State begun = process.start(ids);
    const auto marginal = [&](int level) {
      return process.plan().path.at(process.plan().times[static_cast<std::size_t>(level)]);
    };
    State state =
        process.start_from(teleport(request.gaussians->all, begun.x, marginal(0), marginal(5)), ids, {}, 5);
    Ledger ledger;
    run(process, state, ledger, Watch{});
    EXPECT_TRUE(at::equal(result.samples, state.x)) << solver;
    EXPECT_EQ(result.spent.evaluations, ledger.spent().evaluations);
  }
}

// The karras grid restarted at its own k-th node with N - k steps is the tail of the full grid.
TEST(Teleport, TheTailOfTheKarrasGridIsTheGridRestarted) {
  const std::vector<double> full = make_grid("karras:final=clean", Path::edm(), 18);
  const std::vector<double> tail = make_grid("karras:final=clean", Path::edm(.002, full[6]), 12);
  for (std::size_t i = 0; i < tail.size(); ++i) EXPECT_NEAR(tail[i], full[i + 6], 1e-9);
  const double published[] = {80, 57.6, 40.8, 28.4, 19.4, 12.9, 8.4, 5.3, 3.3};
  for (std::size_t i = 0; i < 9; ++i) EXPECT_NEAR(full[i], published[i], .05);
}

// Skipping k of N steps of Heun saves 2k evaluations; the promise, the cap and the ledger say so.
TEST(Teleport, TheCostIsThatOfTheStepsLeft) {
  const ProblemPtr problem = gaussian_problem(Path::edm());
  DrawRequest request = request_of(problem, "teleport:skip=5");
  request.count = 10;
  const Plan plan = plan_of(request);
  EXPECT_EQ(entry_of(request, plan), 5);
  EXPECT_EQ(evaluations(plan) - evaluations(plan, 5), 10);
  EXPECT_EQ(draw(request).spent.evaluations, 10 * evaluations(plan, 5));
  request.cap = 3 * evaluations(plan, 5) + 1;
  const DrawResult capped = draw(request);
  EXPECT_EQ(capped.ids.size(), 3u);
  EXPECT_TRUE(capped.shrunk);
}

// A sample is the same alone, in any batch, and from given noise.
TEST(Teleport, ASampleDoesNotDependOnItsNeighbours) {
  const ProblemPtr problem = gaussian_problem(Path::edm(), true);
  DrawRequest request = request_of(problem, "teleport:skip=4");
  request.conditions["label"] = at::tensor(std::vector<std::int64_t>{0, 1, 2, 1});
  const at::Tensor all = draw(request).samples;
  request.batch = 3;
  EXPECT_TRUE(at::equal(draw(request).samples, all));
  const std::vector<std::uint64_t> ids{0, 1, 2, 3};
  request.noise = keyed_normal(3, Stream::start, ids, 0, problem->info().shape, at::kDouble).mul_(80.);
  EXPECT_TRUE(at::equal(draw(request).samples, all));
  DrawRequest alone = request_of(problem, "teleport:skip=4");
  alone.ids = {3};
  alone.conditions["label"] = at::tensor(std::vector<std::int64_t>{1});
  EXPECT_TRUE(at::equal(draw(alone).samples, all.narrow(0, 3, 1)));
}

// Each row jumps by its class: then class-conditional Gaussian data is exact, which the global one is not.
TEST(Teleport, ClassesJumpByTheirOwnStatistics) {
  const ProblemPtr problem = gaussian_problem(Path::edm(), true);
  DrawRequest request = request_of(problem, "", 200);
  request.conditions["label"] = at::tensor(std::vector<std::int64_t>{0, 1, 0, 1});
  const at::Tensor full = draw(request).samples;
  request.start = "teleport:skip=199";
  EXPECT_LT(apart(draw(request).samples, full), 1e-3);
  const auto global = std::make_shared<GaussianSet>(*request.gaussians);
  global->classes.clear();
  request.gaussians = global;
  EXPECT_GT(apart(draw(request).samples, full), .1);
}

TEST(Teleport, TheLevelFollowsTheWords) {
  const Plan plan = make_plan("heun", "karras:final=clean", 18, Path::edm(), {Prediction::data, .5});
  GaussianSet set;
  set.sigma = 13;
  set.calibrated = 7;
  const auto level = [&](const char* spec) { return start_level(parse_start(spec), plan, &set, 7); };
  EXPECT_EQ(level("noise"), 0);
  EXPECT_EQ(level(""), 0);
  EXPECT_EQ(level("teleport:sigma=20"), 4);       // 19.4: the first at or below
  EXPECT_EQ(level("teleport:sigma=13"), 5);       // 12.9
  EXPECT_EQ(level("teleport:sigma=0.0001"), 18);  // below the grid: the whole draw
  EXPECT_EQ(level("teleport:skip=3"), 3);
  EXPECT_EQ(level("teleport"), 4);  // 19.4: the last that is not below the calibrated 13
  set.sigma = 1e9;
  EXPECT_EQ(level("teleport"), 0);
  set.sigma = plan.times[6];
  EXPECT_EQ(level("teleport"), 6);
  // A rule of thumb holds for any network.
  set.calibrated = 8;
  set.sigma_by_rule = true;
  EXPECT_EQ(level("teleport"), 6);
  // Nodes count as equal to the sigma of themselves in short decimals.
  EXPECT_EQ(start_level(parse_start("teleport:sigma=" + std::to_string(80)), plan, nullptr, 0), 0);
}

TEST(Teleport, WhatDoesNotFitIsRefused) {
  const ProblemPtr problem = gaussian_problem(Path::edm());
  const auto refused = [&](ErrorKind kind, const std::vector<std::string>& words, const std::string& start,
                           const std::function<void(DrawRequest&)>& change = {}) {
    DrawRequest request = request_of(problem, start);
    if (change) change(request);
    expect_error(kind, words, [&] { draw(request); });
  };
  refused(ErrorKind::option, {"telport", "noise, teleport"}, "telport");
  refused(ErrorKind::option, {"sigm", "sigma"}, "teleport:sigm=3");
  refused(ErrorKind::option, {"sigma", "0"}, "teleport:sigma=0");
  refused(ErrorKind::option, {"not both"}, "teleport:sigma=3,skip=2");
  refused(ErrorKind::option, {"skip=13", "12 steps"}, "teleport:skip=13");
  refused(ErrorKind::option, {"sigma"}, "noise:sigma=3");
  refused(ErrorKind::unsupported, {"no sigma", "teleport:sigma=S"}, "teleport");
  refused(ErrorKind::unsupported, {"other weights", "ulam stats"}, "teleport", [](DrawRequest& r) {
    const auto set = std::make_shared<GaussianSet>(*r.gaussians);
    set->sigma = 10;
    set->calibrated = r.field.info().hash + 1;
    r.gaussians = set;
  });
  refused(ErrorKind::unsupported, {"statistics"}, "teleport:skip=1",
          [](DrawRequest& r) { r.gaussians = {}; });
  refused(ErrorKind::option, {"picture"}, "teleport:skip=1", [](DrawRequest& r) {
    r.picture = at::zeros({4, 3}, at::kDouble);
  });
  refused(ErrorKind::shape, {"2 numbers", "3"}, "teleport:skip=1", [](DrawRequest& r) {
    const auto set = std::make_shared<GaussianSet>();
    set->all = make_gaussian(at::zeros({2}, at::kDouble), at::eye(2, at::kDouble), 2);
    r.gaussians = set;
  });
}

}  // namespace
}  // namespace ulam::teleport_test
