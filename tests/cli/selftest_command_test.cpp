#include "ulam/cli/selftest_command.h"

#include "tests/cli/support.h"
#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace ulam::cli::selftest_command_test {
namespace {

Check check(const char* name, double measured, double bound, const char* note = "") {
  Check c;
  c.claim.name = name;
  c.claim.shows = "something holds";
  c.claim.unit = "numbers";
  c.claim.bound = bound;
  c.measured = measured;
  c.passed = measured <= bound;
  c.note = note;
  return c;
}

TEST(SelftestCommand, TheTableTellsVerdictFigureBoundAndReason) {
  const std::string good = selftest_text({check("a", 0, 1)}, 2);
  EXPECT_NE(good.find("pass  a"), std::string::npos) << good;
  EXPECT_NE(good.find("all 1 checks passed in 2.0 s"), std::string::npos) << good;
  const std::string bad =
      selftest_text({check("a", 0, 1), check("b", 3, 1), check("c", std::nan(""), 1, "model: is broken")}, 2);
  EXPECT_NE(bad.find("FAIL  b"), std::string::npos) << bad;
  EXPECT_NE(bad.find("c: model: is broken"), std::string::npos) << bad;
  EXPECT_NE(bad.find("2 of 3 checks FAILED"), std::string::npos) << bad;
}

// JSON has no NaN; a note may hold any bytes.
TEST(SelftestCommand, JsonHoldsEveryCheckAndNullForWhatCouldNotBeMeasured) {
  const auto j = nlohmann::json::parse(selftest_json(
      {check("a", 0.5, 1), check("b", std::numeric_limits<double>::quiet_NaN(), 1, "\xff")}, 2));
  EXPECT_FALSE(j.at("passed").get<bool>());
  EXPECT_EQ(j.at("failed"), 1);
  ASSERT_EQ(j.at("checks").size(), 2u);
  EXPECT_EQ(j["checks"][0]["measured"], 0.5);
  EXPECT_TRUE(j["checks"][1]["measured"].is_null());
}

TEST(SelftestCommand, PassesOnAnExactProblemWithCodeZero) {
  const cli_test::TemporaryFolder folder;
  const auto ran = cli_test::run(folder, {"selftest", "ring", "--json", "--quiet"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.err, "");
  const auto j = nlohmann::json::parse(ran.out);
  EXPECT_TRUE(j.at("passed").get<bool>()) << ran.out;
  EXPECT_TRUE(folder.names().empty());
}

// Data beyond what float can hold: the draws are infinite, and the exit code must say so.
TEST(SelftestCommand, AFailedCheckIsExitCodeOne) {
  const cli_test::TemporaryFolder folder;
  cli_test::spill(folder / "far.json",
                  R"({"problem": "gaussian", "mean": [1e300], "variances": [1], "dtype": "float32"})");
  const auto ran = cli_test::run(folder, {"selftest", "far.json", "--quiet"});
  EXPECT_EQ(ran.code, 1) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("FAIL"), std::string::npos) << ran.out;
}

TEST(SelftestCommand, RefusesWhatIsNoModel) {
  const cli_test::TemporaryFolder folder;
  cli_test::expect_refusal(cli_test::run(folder, {"selftest", "rink", "--quiet"}), 2, "nearest: ring");
  cli_test::expect_refusal(cli_test::run(folder, {"selftest", "ring", "--jsn"}), 2, "nearest: --json");
}

}  // namespace
}  // namespace ulam::cli::selftest_command_test
