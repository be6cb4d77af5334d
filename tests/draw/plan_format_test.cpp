#include "support.h"

#include <gtest/gtest.h>

namespace ulam::plan_format_test {
namespace {

TEST(PlanFormat, ShowsTimesMatricesNoiseCostAndHash) {
  const Plan plan = make_plan("ddpm", "time2", 3, Path::vp(), Head{.kind = Prediction::noise});
  const std::string text = format_plan(plan);
  EXPECT_NE(text.find("3 steps, 3 evaluations a row, stochastic"), std::string::npos) << text;
  EXPECT_NE(text.find(fmt::format("{:016x}", plan_hash(plan))), std::string::npos);
  EXPECT_NE(text.find("model predicts noise"), std::string::npos);
  const Row& row = plan.variant(0, 0).moves[0].rows[0];
  EXPECT_NE(text.find(fmt::format("x  = {:.9g} x - {:.9g} p + {:.9g} z", row.of[0], -row.of[1], row.noise)),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("nan"), std::string::npos);
}

TEST(PlanFormat, NamesRegistersAndStagesAndLimits) {
  const std::string text = format_plan(make_plan("heun", "time", 2, Path::flow(), Head{}));
  EXPECT_NE(text.find("m0 = 1 x"), std::string::npos) << text;
  EXPECT_NE(text.find("p at time 0.5"), std::string::npos) << text;
  EXPECT_NE(text.find("deterministic"), std::string::npos);
  EXPECT_NE(text.find("inf"), std::string::npos);  // log a/s at both ends of the flow
}

}  // namespace
}  // namespace ulam::plan_format_test
