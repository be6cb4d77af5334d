// Who sets the times of rows, as a part of a plan.
#include "ulam/draw/own_times.h"

#include "support.h"

#include <gtest/gtest.h>

namespace ulam {
namespace {

TEST(OwnTimes, PlansWithoutThemHaveNoPolicyAndNoWordOfItInTheirFile) {
  const Plan plan = make_plan("ddim", "time", 4, Path::vp(), Head{});
  EXPECT_EQ(row_times(plan), nullptr);
  EXPECT_FALSE(plan_json(plan).contains("own_times"));
}

TEST(OwnTimes, EveryNumberOfThePolicyIsInTheHash) {
  const auto hash = [](const std::string& spec) {
    return plan_hash(make_plan(spec, "time", 4, Path::vp(), Head{}));
  };
  for (const char* other : {"window=21", "cutoff=0.3", "mode=evaluate", "data_variance=0.1"})
    EXPECT_NE(hash("ddim+timeshift"), hash(std::string("ddim+timeshift:") + other)) << other;
  for (const char* other : {"rtol=0.04", "atol=0.1", "first=0.1", "p=0.1", "i=0.9", "d=0.1", "safety=0.9",
                            "order=2", "prediction=data", "most=30"})
    EXPECT_NE(hash("adaptive"), hash(std::string("adaptive:") + other)) << other;
}

TEST(OwnTimes, WithoutTheRecipeThereAreNone) {
  Plan plan = make_plan("ddim+timeshift", "time", 4, Path::vp(), Head{});
  plan.recipe.reset();
  EXPECT_NE(testing::error_text([&] { row_times(plan); }).find("recipe"), std::string::npos);
}

}  // namespace
}  // namespace ulam
