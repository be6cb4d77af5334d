// Every optimiser of `ulam tune` on the test problem.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ulam/problems/read_problem.h"
#include "ulam/run/tune.h"
#include "ulam/run/tune_optimisers.h"

namespace ulam::tune_optimisers_long {
namespace {

TuneRequest request(const std::string& optimiser, int evaluations) {
  TuneRequest r;
  r.model = named_problem("tp1");
  r.optimiser = optimiser;
  r.evaluations = evaluations;
  r.training = 128;
  r.held_out = 512;
  r.candidates = 200;
  r.refined = 1;
  r.random = false;
  return r;
}

// Each ends with a plan of the asked cost, on fresh samples less than half as far from the truth as ddim.
TEST(TuneOptimisersLong, FindPlansOfTheAskedCost) {
  for (const std::string& name : tune_optimisers()) {
    if (name == "layers") continue;  // of networks
    const TuneResult r = tune(request(name, 5), nullptr);
    EXPECT_EQ(evaluations(r.plan), 5) << name;
    EXPECT_EQ(r.optimiser, name);
    EXPECT_GT(r.spent, 0) << name;
    EXPECT_EQ(nlohmann::json::parse(r.plan.provenance)["optimiser"], name);
    EXPECT_EQ(plan_hash(parse_plan(plan_json(r.plan).dump())), plan_hash(r.plan)) << name;
    for (const TuneEntry& e : r.tried) {
      if (e.solver == "ddim" && e.grid.empty()) {
        const TuneEntry& found = r.passed_over.solver.empty() ? r.tuned : r.passed_over;
        EXPECT_LT(found.held_out, e.training / 2) << name;
        EXPECT_LE(r.tuned.training, found.training) << name;
      }
    }
  }
}

TEST(TuneOptimisersLong, AResumedSearchEndsWithTheSamePlan) {
  for (const std::string name : {"predictor", "times", "evolution+refine"}) {
    TuneRequest whole = request(name, 4);
    whole.training = whole.held_out = 32;
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

}  // namespace
}  // namespace ulam::tune_optimisers_long
