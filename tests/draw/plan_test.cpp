#include "ulam/draw/plan.h"

#include "support.h"

#include <gtest/gtest.h>

namespace ulam::plan_test {
namespace {

using testing::error_text;

TEST(Plan, CostIsStatedExactly) {
  const Path edm = Path::edm();
  const auto cost = [&](const char* solver, const char* grid) {
    return evaluations(make_plan(solver, grid, 6, edm, Head{}));
  };
  EXPECT_EQ(cost("ddim", "karras"), 6);
  EXPECT_EQ(cost("heun", "karras:final=end"), 12);
  EXPECT_EQ(cost("heun", "karras:final=clean"), 11);
  EXPECT_EQ(cost("midpoint", "karras:final=clean"), 11);
  EXPECT_EQ(cost("rk4", "karras:final=clean"), 21);
  const Plan plan = make_plan("heun", "karras:final=clean", 6, edm, Head{});
  EXPECT_EQ(evaluations(plan, 4), 3);
  EXPECT_EQ(evaluations(plan, 6), 0);
}

TEST(Plan, HashIsOfTheNumbersNotOfTheNames) {
  const Plan a = make_plan("ddim", "time2", 5, Path::vp(), Head{}),
             b = make_plan("exp", "time2", 5, Path::vp(), Head{});
  EXPECT_NE(a.solver, b.solver);
  EXPECT_EQ(plan_hash(a), plan_hash(b));
  EXPECT_NE(plan_hash(a), plan_hash(make_plan("ddim", "time2", 6, Path::vp(), Head{})));
  EXPECT_NE(plan_hash(a), plan_hash(make_plan("ddpm", "time2", 5, Path::vp(), Head{})));
  EXPECT_NE(plan_hash(a),
            plan_hash(make_plan("ddim", "time2", 5, Path::vp(), Head{.kind = Prediction::noise})));
}

TEST(Plan, GridComesFromTheCallThenTheSolverThenThePath) {
  EXPECT_EQ(make_plan("ddim", "", 4, Path::vp(), Head{}).grid, standard_grid(Path::vp()));
  EXPECT_EQ(make_plan("ddim:grid=logsnr", "", 4, Path::vp(), Head{}).grid, "logsnr");
  EXPECT_EQ(make_plan("ddim:grid=logsnr", "time", 4, Path::vp(), Head{}).grid, "time");
}

TEST(Plan, IsRefusedForAnotherPathOrHead) {
  const Plan plan =
      make_plan("ddim", "time2", 4, Path::vp(), Head{.kind = Prediction::edm, .sigma_data = .5});
  const auto text = [&](const Path& path, const Head& head) {
    return error_text([&] { check_plan_for(plan, path, head); });
  };
  EXPECT_EQ(text(plan.path, plan.head), "");
  EXPECT_NE(text(Path::edm(), plan.head).find("plan: made for the path"), std::string::npos);
  EXPECT_NE(text(Path::vp(.1, 19), plan.head).find("19"), std::string::npos);
  EXPECT_NE(text(plan.path, Head{}).find("predicts edm, this one predicts data"), std::string::npos);
  EXPECT_NE(text(plan.path, Head{.kind = Prediction::edm, .sigma_data = .4}).find("sigma_data"),
            std::string::npos);
}

TEST(Plan, VariantSaysWhenThereIsNone) {
  Recipe recipe;
  recipe.steps.push_back({.rule = {}, .order = 3});
  const Plan plan = compile_plan(recipe, make_grid("time2", Path::vp(), 4), Path::vp(), Head{});
  EXPECT_EQ(plan.variant(3, 9).nodes.size(), 2u);
  EXPECT_NE(error_text([&] { plan.variant(0, 1); }).find("step 0 has no row for 1 history"),
            std::string::npos);
}

}  // namespace
}  // namespace ulam::plan_test
