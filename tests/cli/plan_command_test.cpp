#include "ulam/cli/plan_command.h"

#include "tests/cli/support.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/draw/plan.h"

namespace ulam::cli::plan_command_test {
namespace {

TEST(PlanCommand, JsonIsThePlanThatTheLibraryCompiles) {
  const auto json =
      nlohmann::json::parse(plan_text({{"solver", "heun"}, {"steps", "5"}, {"path", "vp"}}, true));
  const Plan plan = make_plan("heun", "", 5, Path::vp(), Head{});
  EXPECT_EQ(plan_hash(plan_from_json(json)), plan_hash(plan));
}

TEST(PlanCommand, TheTableNamesTheSolver) {
  EXPECT_NE(plan_text({{"solver", "ddim"}, {"grid", "time2"}}, false).find("ddim"), std::string::npos);
}

TEST(PlanCommand, WritesTheFileThatDrawTakes) {
  const cli_test::TemporaryFolder folder;
  const std::string path = folder / "plan.json";
  plan_text({{"solver", "ddim"}, {"head", "edm:sigma_data=0.7"}, {"output", path}}, false);
  EXPECT_EQ(parse_plan(cli_test::slurp(path)).head.sigma_data, 0.7);
}

TEST(PlanCommand, BadOptionsAreRefused) {
  EXPECT_THROW(plan_text({}, false), Error);
  EXPECT_THROW(plan_text({{"solver", "dim"}}, false), Error);
  EXPECT_THROW(plan_text({{"solver", "ddim"}, {"steps", "0"}}, false), Error);
  EXPECT_THROW(plan_text({{"solver", "ddim"}, {"path", "edn"}}, false), Error);
  EXPECT_THROW(plan_text({{"solver", "ddim"}, {"head", "epz"}}, false), Error);
  EXPECT_THROW(plan_text({{"solver", "ddim"}, {"model", "x"}, {"path", "vp"}}, false), Error);
}

}  // namespace
}  // namespace ulam::cli::plan_command_test
