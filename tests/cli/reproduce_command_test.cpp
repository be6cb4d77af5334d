#include "ulam/cli/reproduce_command.h"

#include "support.h"

#include <nlohmann/json.hpp>

namespace ulam::cli::reproduce_command_test {
namespace {

using cli_test::expect_refusal;
using cli_test::Ran;
using cli_test::run;
using cli_test::TemporaryFolder;

TEST(ReproduceCommand, ShowsClaimBaselineMeasuredAndVerdict) {
  const TemporaryFolder folder;
  const Ran ran = run(folder, {"reproduce", "euler", "--quiet"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  for (const char* part : {"euler: shown", "[shown]", "measured", "held against", "evaluations in all"})
    EXPECT_NE(ran.out.find(part), std::string::npos) << ran.out;
}

TEST(ReproduceCommand, JsonAndMarkdownHoldTheSameFindings) {
  const TemporaryFolder folder;
  const auto j = nlohmann::json::parse(run(folder, {"reproduce", "exp", "--json", "--quiet"}).out);
  EXPECT_EQ(j["reproductions"][0]["method"], "exp");
  EXPECT_FALSE(j["machine"].get<std::string>().empty());
  const std::string page = run(folder, {"reproduce", "exp", "--markdown", "--quiet"}).out;
  EXPECT_TRUE(page.starts_with("## exp: shown"));
  for (const auto& f : j["reproductions"][0]["findings"])
    EXPECT_NE(page.find(f["claim"].get<std::string>()), std::string::npos);
}

TEST(ReproduceCommand, BadInputIsOneSentence) {
  const TemporaryFolder folder;
  expect_refusal(run(folder, {"reproduce"}), 2, "--all");
  expect_refusal(run(folder, {"reproduce", "hoin"}), 2, "heun");
  expect_refusal(run(folder, {"reproduce", "heun", "--all"}), 2, "give one of them");
  expect_refusal(run(folder, {"reproduce", "heun", "--seed", "-1"}), 2, "seed");
}

}  // namespace
}  // namespace ulam::cli::reproduce_command_test
