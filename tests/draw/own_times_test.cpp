// Who sets the times of rows, as a part of a plan.
#include "ulam/draw/own_times.h"

#include "support.h"

#include <gtest/gtest.h>

namespace ulam::own_times_test {
namespace {

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

TEST(OwnTimes, ModesReadAsTheyAreWritten) {
  for (const TimeShift::Mode mode :
       {TimeShift::Mode::paper, TimeShift::Mode::target, TimeShift::Mode::evaluate})
    EXPECT_EQ(parse_shift_mode(name_of(mode), "test"), mode);
  EXPECT_NE(testing::error_text([] { parse_shift_mode("papers", "test"); }).find("paper"), std::string::npos);
}

}  // namespace
}  // namespace ulam::own_times_test
