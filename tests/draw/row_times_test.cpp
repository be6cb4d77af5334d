// Which plans have somebody who sets the times of rows.
#include "ulam/draw/row_times.h"

#include "support.h"

#include <gtest/gtest.h>

namespace ulam::row_times_test {
namespace {

TEST(RowTimes, PlansWithoutThemHaveNoPolicyAndNoWordOfItInTheirFile) {
  const Plan plan = make_plan("ddim", "time", 4, Path::vp(), Head{});
  EXPECT_EQ(row_times(plan), nullptr);
  EXPECT_FALSE(plan_json(plan).contains("own_times"));
}

TEST(RowTimes, WithoutTheRecipeThereAreNone) {
  Plan plan = make_plan("ddim+timeshift", "time", 4, Path::vp(), Head{});
  plan.recipe.reset();
  EXPECT_NE(testing::error_text([&] { row_times(plan); }).find("recipe"), std::string::npos);
}

}  // namespace
}  // namespace ulam::row_times_test
