#include "ulam/draw/step_compile.h"

#include "support.h"

#include <gtest/gtest.h>

namespace ulam::step_compile_test {
namespace {

TEST(StepCompile, RegistersFollowFromTheRecipe) {
  EXPECT_EQ(memory_of(make_recipe("dpmpp")).count, 0);
  EXPECT_EQ(memory_of(make_recipe("unipc")).base, 0);
  const Memory both = memory_of(make_recipe("unipc+hb+dualfast:schedule=constant"));
  EXPECT_EQ(both.count, 4);  // base, velocity, the noise before and what dualfast added
  EXPECT_TRUE(both.on_corrector);
  EXPECT_FALSE(memory_of(make_recipe("unipc:corrector=off+hb")).on_corrector);
}

// UniC-1 by hand: x_i = base + (total weight / 2)(D_{i-1} + D_i), with base = (s_t/s_s) x_{i-1}.
TEST(StepCompile, TheCorrectorMakesTheStepAgainWithTheNewNode) {
  const Path path = Path::vp();
  const Plan plan = make_plan("unipc:order=1,lower=0", "time2", 4, path, Head{});
  const Marginal s = path.at(plan.times[1]), t = path.at(plan.times[2]);
  const Marginal p = path.at(plan.times[0]);
  const double total = s.a * (1 - s.s / s.a / (p.s / p.a));
  const Move& move = plan.variant(1, 1).moves.at(0);
  // Columns: x (seen by the model), D_0, base, answer D_1.
  const double keep = t.s / s.s, next = t.a * (1 - t.s / t.a / (s.s / s.a));
  ASSERT_EQ(move.rows[0].of.size(), 4u);
  EXPECT_NEAR(move.rows[0].of[0], 0, 1e-15);
  EXPECT_NEAR(move.rows[0].of[1], keep * total / 2, 1e-13);
  EXPECT_NEAR(move.rows[0].of[2], keep, 1e-13);
  EXPECT_NEAR(move.rows[0].of[3], keep * total / 2 + next, 1e-13);
}

// One pass a step: a linear recipe needs one move, whatever is switched on.
TEST(StepCompile, LinearRecipesAreOneMoveAStep) {
  for (const char* spec :
       {"unipc+dc:ratio=1.1+dualfast+hb", "deis+hb", "sa", "ghvb", "dpmpp:order=3,eta=1"}) {
    const Plan plan = make_plan(spec, "time2", 6, Path::vp(), Head{});
    for (int i = 0; i < plan.levels(); ++i) EXPECT_EQ(plan.variant(i, i).moves.size(), 1u) << spec;
  }
}

TEST(StepCompile, ImplicitCorrectorsAskAgainAtTheCorrectedState) {
  const Plan plan = make_plan("unipc:corrector=implicit", "time2", 5, Path::vp(), Head{});
  EXPECT_EQ(evaluations(plan), 9);
  EXPECT_EQ(plan.variant(2, 2).moves[0].time, plan.variant(2, 2).moves[1].time);
}

}  // namespace
}  // namespace ulam::step_compile_test
