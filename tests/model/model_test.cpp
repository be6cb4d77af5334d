#include "ulam/model/model.h"

#include <gtest/gtest.h>

namespace ulam::model_test {
namespace {

// Plans name these modules: kinds of other names, and modules with a colon, must not be mixed up.
TEST(Model, ModulesToLeaveOutAreThoseThatCanBeSkipped) {
  ModelInfo info;
  EXPECT_TRUE(modules_to_leave_out(info).empty());
  info.perturbations = {"mid.attention:identity_attention", "mid.attention:skip", "up:0:skip",
                        "up:0:skipped"};
  EXPECT_EQ(modules_to_leave_out(info), (std::vector<std::string>{"mid.attention", "up:0"}));
}

}  // namespace
}  // namespace ulam::model_test
