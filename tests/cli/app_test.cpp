#include "ulam/cli/app.h"

#include "tests/cli/support.h"

#include <gtest/gtest.h>

#include "ulam/base/version.h"

namespace ulam::cli::app_test {
namespace {

using cli_test::expect_refusal;
using cli_test::run;
using cli_test::TemporaryFolder;

TEST(App, VersionAndHelpGoToStandardOutputWithCodeZero) {
  const TemporaryFolder folder;
  EXPECT_EQ(cli_test::run_program(folder, {"--version"}).out, std::string("ulam ") + version + "\n");
  for (const std::string command :
       {"draw", "plan", "train", "methods", "measure", "compare", "reproduce", "selftest"}) {
    const auto ran = run(folder, {command, "--help"});
    EXPECT_EQ(ran.code, 0);
    EXPECT_NE(ran.out.find("Examples:"), std::string::npos) << command;
    EXPECT_EQ(ran.err, "");
  }
  EXPECT_NE(run(folder, {}).out.find("ulam draw"), std::string::npos);
}

TEST(App, UnknownCommandsAndOptionsAreRefused) {
  const TemporaryFolder folder;
  expect_refusal(run(folder, {"drow"}), 2, "drow");
  expect_refusal(run(folder, {"methods", "dim"}), 2, "nearest: ddim");
  expect_refusal(run(folder, {"methods", "--jsn"}), 2, "nearest: --json");
  expect_refusal(run(folder, {"plan", "ddim", "--steps"}), 2, "steps");
  expect_refusal(run(folder, {"train", "nothing"}), 2, "--data");
  EXPECT_TRUE(folder.names().empty());
}

// An option that takes many values must not swallow the model that follows it.
TEST(App, TheModelMayStandAfterTheOutput) {
  const TemporaryFolder folder;
  const auto ran = run(folder, {"draw", "-o", "x.npy", "tp1", "-n", "2", "--quiet"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_TRUE(std::filesystem::exists(folder / "x.npy"));
}

TEST(App, MethodsAndModelsPrint) {
  const TemporaryFolder folder;
  EXPECT_NE(run(folder, {"methods"}).out.find("ddim"), std::string::npos);
  EXPECT_EQ(run(folder, {"methods", "ddim", "--json"}).code, 0);
  EXPECT_EQ(run(folder, {"models"}).code, 0);
}

TEST(App, AClosedOrFullStandardOutputIsAnError) {
  EXPECT_EQ(std::system((std::string(ULAM_PROGRAM) + " methods > /dev/full 2> /dev/null").c_str()) >> 8, 4);
}

}  // namespace
}  // namespace ulam::cli::app_test
