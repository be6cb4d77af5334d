#include "ulam/run/tune.h"

#include "tests/errors.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/guide/terms.h"
#include "ulam/problems/read_problem.h"

namespace ulam::tune_test {
namespace {

TuneRequest request(int evaluations) {
  TuneRequest r;
  r.model = named_problem("tp1");
  r.evaluations = evaluations;
  r.training = 256;
  r.held_out = 512;
  r.refined = 1;
  r.optimiser = "refine";
  return r;
}

/// Doubles the data estimate's distance from 0: a guided answer that differs from the model's.
Terms doubled() {
  const ModelPtr wide = problem_from_json(
      nlohmann::json::parse(R"({"problem": "mixture", "means": [[0]], "variances": [4]})"), "wide", "");
  return make_terms("autoguidance:model=wide,scale=0.5", [wide](const std::string&) { return wide; });
}

// The search goes by guided answers and guided references; a guided answer costs two evaluations here, and is
// one of a plan's.
TEST(Tune, FindsThePlanForGuidedDraws) {
  TuneRequest r = request(4);
  r.model = problem_from_json(
      nlohmann::json::parse(R"({"problem": "mixture", "means": [[-1], [1]], "variances": [0.04, 0.04]})"), "narrow",
      "");
  r.random = false;
  r.training = 64;
  r.held_out = 128;
  r.refine.most_rounds = 3;
  const TuneResult plain = tune(r, nullptr);
  r.guide = doubled();
  const TuneResult guided = tune(r, nullptr);
  EXPECT_LE(evaluations(guided.plan), 4);
  EXPECT_LT(guided.tuned.held_out, guided.published.held_out);
  EXPECT_NE(plan_hash(guided.plan), plan_hash(plain.plan));
  EXPECT_NE(guided.plan.provenance.find("autoguidance"), std::string::npos);
  EXPECT_GT(guided.reference_spent, plain.reference_spent);
}

TEST(Tune, GuidanceThatRemembersHasNoTrajectory) {
  TuneRequest r = request(4);
  r.guide = make_terms("autoguidance:model=wide,start=0.5",
                       [](const std::string&) { return named_problem("tp1"); });
  EXPECT_THROW(tune(r, nullptr), Error);
}

// The promise of the command: half the error of the best published solver, on samples that it has not seen,
// and better than chance at the same cost.
TEST(Tune, HalvesTheErrorOfTheBestPublishedSolver) {
  const TuneResult result = tune(request(5), nullptr);
  EXPECT_EQ(result.tuned.evaluations, 5);
  EXPECT_EQ(evaluations(result.plan), 5);
  EXPECT_LT(result.tuned.held_out, result.published.held_out / 2);
  EXPECT_LT(result.tuned.held_out, result.random.held_out);
  EXPECT_GE(result.random_spent, result.spent);
  EXPECT_GT(result.tried.size(), 20u);
  for (std::size_t i = 1; i < result.tried.size(); ++i)
    EXPECT_LE(result.tried[i - 1].training, result.tried[i].training);
  const nlohmann::json from = nlohmann::json::parse(result.plan.provenance);
  EXPECT_EQ(from["held_out_error"], result.tuned.held_out);
  EXPECT_EQ(plan_hash(parse_plan(plan_json(result.plan).dump())), plan_hash(result.plan));
}

// Stopped anywhere and resumed, the search ends where an uncut one does.
TEST(Tune, AResumedSearchEndsWithTheSamePlan) {
  TuneRequest whole = request(3);
  whole.random = false;
  whole.training = whole.held_out = 32;
  whole.refine.most_rounds = 4;
  int all = 0;
  whole.keep = [&](const nlohmann::json&) { ++all; };
  const std::uint64_t hash = plan_hash(tune(whole, nullptr).plan);
  for (const int stop : {2, all / 2, all - 1}) {
    TuneRequest cut = whole;
    CancelToken token;
    nlohmann::json kept;
    int calls = 0;
    cut.watch.cancel = &token;
    cut.keep = [&](const nlohmann::json& j) {
      kept = j;
      if (++calls == stop) token.cancel();
    };
    const TuneResult first = tune(cut, nullptr);
    ASSERT_TRUE(first.cancelled) << stop;
    const TuneResult second = tune(whole, nlohmann::json::parse(kept.dump()));
    EXPECT_EQ(plan_hash(second.plan), hash) << stop;
  }
}

TEST(Tune, BadRequestsAreRefused) {
  ulam::testing::expect_error(ErrorKind::option, {"0 evaluations", "1 to 40"},
                              [] { tune(request(0), nullptr); });
  ulam::testing::expect_error(ErrorKind::option, {"another request"}, [] {
    tune(request(4), nlohmann::json{{"request", 1}});
  });
}

// A search file that somebody cut or edited is refused, and the sentence says what to do.
TEST(Tune, AKeptSearchThatDoesNotReadIsRefused) {
  TuneRequest cut = request(3);
  CancelToken token;
  nlohmann::json kept;
  cut.watch.cancel = &token;
  cut.keep = [&](const nlohmann::json& j) {
    kept = j;
    token.cancel();
  };
  EXPECT_TRUE(tune(cut, nullptr).cancelled);
  kept.erase("tried");
  ulam::testing::expect_error(ErrorKind::file, {"kept search does not read"},
                              [&] { tune(request(3), kept); });
}

}  // namespace
}  // namespace ulam::tune_test
