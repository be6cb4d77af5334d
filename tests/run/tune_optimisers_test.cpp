#include "ulam/run/tune_optimisers.h"

#include "tests/errors.h"
#include "tests/model/support.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ulam/learn/unified.h"
#include "ulam/model/network_model.h"
#include "ulam/problems/read_problem.h"
#include "ulam/run/tune.h"

namespace ulam::tune_optimisers_test {
namespace {

TuneRequest request(const std::string& optimiser, int evaluations = 5) {
  TuneRequest r;
  r.model = named_problem("tp1");
  r.optimiser = optimiser;
  r.evaluations = evaluations;
  r.training = r.held_out = 64;
  r.candidates = 120;
  r.refined = 1;
  r.random = false;
  return r;
}

// What evolution finds is a recipe as data: the plan's provenance holds it.
TEST(TuneOptimisers, RecipesAreKeptAsData) {
  const TuneResult r = tune(request("evolution", 4), nullptr);
  ASSERT_LT(r.tuned.training, r.published.training);
  const UnifiedRecipe recipe = recipe_from_json(nlohmann::json::parse(r.plan.provenance)["recipe"]);
  Plan like;
  like.path = r.plan.path;
  like.head = r.plan.head;
  EXPECT_EQ(plan_hash(plan_of(linear_plan(recipe, like.path), like)), plan_hash(r.plan));
}

TEST(TuneOptimisers, RefiningWhatWasFoundNeverLoses) {
  const TuneResult found = tune(request("evolution"), nullptr);
  const TuneResult refined = tune(request("evolution+refine"), nullptr);
  EXPECT_LE(refined.tuned.training, found.tuned.training);
}

// Stopped and resumed, every optimiser that keeps a record ends with the plan of an uncut run.
TEST(TuneOptimisers, AResumedSearchEndsWithTheSamePlan) {
  for (const std::string name : {"evolution", "gradient"}) {
    TuneRequest whole = request(name, 4);
    whole.training = whole.held_out = 32;
    whole.candidates = 80;
    int all = 0;
    whole.keep = [&](const nlohmann::json&) { ++all; };
    const std::uint64_t hash = plan_hash(tune(whole, nullptr).plan);
    for (const int stop : {all - 30, all - 1}) {
      TuneRequest cut = whole;
      CancelToken token;
      nlohmann::json kept;
      int calls = 0;
      cut.watch.cancel = &token;
      cut.keep = [&](const nlohmann::json& j) {
        kept = j;
        if (++calls == stop) token.cancel();
      };
      ASSERT_TRUE(tune(cut, nullptr).cancelled) << name << " " << stop;
      EXPECT_EQ(plan_hash(tune(whole, nlohmann::json::parse(kept.dump())).plan), hash) << name << " " << stop;
    }
  }
}

// Another objective is what is lowered, and is reported on samples that were not searched.
TEST(TuneOptimisers, AnotherObjectiveIsServed) {
  TuneRequest r = request("");
  r.training = r.held_out = 256;
  r.objective = [](std::span<const std::uint64_t>) {
    return reward_score("closeness", [](const at::Tensor& x) { return -(x.reshape({-1}) + 1).abs(); });
  };
  const TuneResult result = tune(r, nullptr);
  EXPECT_EQ(result.objective, "closeness");
  EXPECT_EQ(result.optimiser, "evolution");
  EXPECT_EQ(result.reference_spent, 0);
  EXPECT_LT(result.tuned.training, result.tried.front().training);
  EXPECT_GT(result.tuned.error, 0);
}

// A network's modules may be left out; a problem has none.
TEST(TuneOptimisers, LayersAreSearchedOnNetworks) {
  ModelInfo info;
  info.name = "small";
  info.path = Path::edm();
  info.head.kind = Prediction::edm;
  TuneRequest r = request("layers");
  r.model = std::make_shared<const NetworkModel>(
      std::shared_ptr<const Network>(test::filled(test::small_mlp())), info);
  r.evaluations = 4;
  r.training = r.held_out = 8;
  r.candidates = 400;
  r.random = false;
  const TuneResult result = tune(r, nullptr);
  const Plan& plan = result.plan;
  int modules = 0, left = 0;
  for (const PlanStep& step : plan.steps)
    for (const Move& move : step.variants.at(0).moves) {
      modules += move.time ? 2 : 0;
      left += static_cast<int>(move.left_out.size());
    }
  EXPECT_LE(modules - left, 8);
  EXPECT_GT(modules - left, 6);
  EXPECT_NE(result.tuned.solver.find("where 4 whole evaluations run 8"), std::string::npos)
      << result.tuned.solver;
  EXPECT_EQ(plan_hash(tune(r, nullptr).plan), plan_hash(plan));
  ulam::testing::expect_error(ErrorKind::option, {"no module"}, [] { tune(request("layers"), nullptr); });
}

TEST(TuneOptimisers, BadRequestsAreRefused) {
  ulam::testing::expect_error(ErrorKind::option, {"evolve", "evolution"},
                              [] { tune(request("evolve"), nullptr); });
  ulam::testing::expect_error(ErrorKind::option, {"only +refine"},
                              [] { tune(request("refine+evolution"), nullptr); });
  for (const char* name : {"refine", "gradient", "grid+refine"}) {
    TuneRequest r = request(name);
    r.objective = [](std::span<const std::uint64_t>) { return SampleScore{}; };
    ulam::testing::expect_error(ErrorKind::option, {"converged trajectories"}, [&] { tune(r, nullptr); });
  }
}

}  // namespace
}  // namespace ulam::tune_optimisers_test
