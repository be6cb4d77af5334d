#include "ulam/cli/compare_command.h"

#include "support.h"

#include <nlohmann/json.hpp>

#include "ulam/draw/draw.h"

namespace ulam::cli::compare_command_test {
namespace {

using cli_test::expect_refusal;
using cli_test::Ran;
using cli_test::run;
using cli_test::slurp;
using cli_test::spill;
using cli_test::TemporaryFolder;

constexpr const char* small =
    R"({"problem": "mixture", "means": [[-1, 0], [1, 0.5]], "variances": [[0.1, 0.2], [0.3, 0.1]]})";

/// References go to the test's own folder.
struct CompareCommand : ::testing::Test {
  TemporaryFolder folder;
  void SetUp() override {
    setenv("ULAM_CACHE", (folder / "cache").c_str(), 1);
    spill(folder / "small.json", small);
  }
  void TearDown() override { unsetenv("ULAM_CACHE"); }
};

TEST_F(CompareCommand, TheTableHasEveryContenderAtEveryBudget) {
  const Ran ran = run(folder, {"compare", "small.json", "--solver", "ddim", "--solver", "heun",
                               "--evaluations", "5,10", "-n", "8", "--quiet"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 5) << ran.out;
  EXPECT_NE(ran.out.find(" +- "), std::string::npos);
}

// The tables of docs/benchmarks are made of this.
TEST_F(CompareCommand, PublishedSolversMakeTablesForAPage) {
  ASSERT_EQ(
      run(folder, {"plan", "ddim", "--model", "small.json", "--steps", "3", "--output", "mine.json"}).code,
      0);
  const Ran ran = run(folder, {"compare", "small.json", "--published", "--plan", "mine.json", "--evaluations",
                               "3,6", "-n", "8", "--markdown", "--quiet"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_NE(ran.out.find("| solver | 3 | 6 |\n|---|---|---|\n"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("| `ipndm:order=2` | "), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("| mine | 3 | "), std::string::npos) << ran.out;
  expect_refusal(run(folder, {"compare", "small.json", "--published", "--solver", "ddim"}), 2, "--published");
  expect_refusal(run(folder, {"compare", "small.json", "--markdown", "--json"}), 2, "--markdown");
}

TEST_F(CompareCommand, TheReferenceIsKeptForTheNextTime) {
  const std::vector<std::string> words = {"compare", "small.json", "--solver", "ddim",  "--evaluations",
                                          "5",       "-n",         "8",        "--json"};
  const auto first = nlohmann::json::parse(run(folder, words).out),
             again = nlohmann::json::parse(run(folder, words).out);
  EXPECT_GT(first["references"][0]["spent"], 0);
  EXPECT_EQ(again["references"][0]["spent"], 0);
  EXPECT_EQ(first["cells"], again["cells"]);
  std::vector<std::string> fresh = words;
  fresh.emplace_back("--no-cache");
  EXPECT_GT(nlohmann::json::parse(run(folder, fresh).out)["references"][0]["spent"], 0);
}

TEST_F(CompareCommand, TheReportIsOnePageThatNamesItsCommand) {
  const Ran ran = run(folder, {"compare", "small.json", "--solver", "ddim:eta=0", "--evaluations", "4-6",
                               "-n", "4", "--report", "r.html", "--quiet"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const std::string page = slurp(folder / "r.html");
  EXPECT_TRUE(page.starts_with("<!doctype html>"));
  EXPECT_NE(page.find("ulam compare small.json --solver ddim:eta=0"), std::string::npos);
  // The page of the same command is the same: no time, no host.
  run(folder, {"compare", "small.json", "--solver", "ddim:eta=0", "--evaluations", "4-6", "-n", "4",
               "--report", "r.html", "--quiet"});
  EXPECT_TRUE(slurp(folder / "r.html") == page);
}

TEST_F(CompareCommand, StepsAreEvaluationsToo) {
  const auto words = [](const char* option) {
    return std::vector<std::string>{"compare", "small.json", "--solver", "heun",   option,
                                    "7",       "-n",         "4",        "--json", "--quiet"};
  };
  const Ran ran = run(folder, words("--steps"));
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(nlohmann::json::parse(ran.out)["cells"],
            nlohmann::json::parse(run(folder, words("--evaluations")).out)["cells"]);
}

TEST_F(CompareCommand, AllSolversCompeteWhenNoneIsNamed) {
  const Ran ran = run(folder, {"compare", "small.json", "--evaluations", "8", "-n", "4", "--json"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(nlohmann::json::parse(ran.out)["cells"].size(), solvers().size());
}

TEST_F(CompareCommand, DrawsAreMeasuredAgainstDataBesideTheFloor) {
  const Ran ran =
      run(folder, {"compare", "small.json", "--solver", "ddpm", "--evaluations", "10", "-n", "100", "--data",
                   "small.json", "--floor", "small.json", "--what", "frechet,sliced", "--json", "--quiet"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const auto j = nlohmann::json::parse(ran.out);
  ASSERT_EQ(j["cells"][0]["figures"].size(), 2u);
  EXPECT_EQ(j["cells"][0]["figures"][0]["name"], "frechet");
  EXPECT_GT(j["cells"][0]["figures"][0]["error"], 0);
  EXPECT_EQ(j["floor"].size(), 2u);
}

TEST_F(CompareCommand, GuidesCompeteAtEqualEvaluations) {
  spill(folder / "classes.json",
        R"({"problem": "mixture", "means": [[-1, 0], [1, 0.5]], "variances": [0.2, 0.3], "labels": [0, 1]})");
  const std::vector<std::string> common = {
      "compare", "classes.json", "--solver", "heun",           "-n", "8", "--label", "cycle", "--evaluations",
      "9",       "--json",       "--quiet",  "--trajectories", "0"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), common.begin(), common.end());
    return run(folder, more);
  };
  const Ran ran = with({"--guides", "none", "--guides", "cfg:scale=2+cfg:scale=2"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const auto j = nlohmann::json::parse(ran.out);
  ASSERT_EQ(j["cells"].size(), 2u);
  EXPECT_EQ(j["cells"][0]["contender"], "heun");
  EXPECT_EQ(j["cells"][0]["steps"], 5);
  EXPECT_EQ(j["cells"][1]["contender"], "heun cfg:scale=2+cfg:scale=2");
  EXPECT_EQ(j["cells"][1]["steps"], 2);
  // --guide is for all; several are one set, as of draw.
  const auto one = nlohmann::json::parse(with({"--guide", "cfg:scale=2", "--guide", "cfg:scale=2"}).out);
  ASSERT_EQ(one["cells"].size(), 1u);
  EXPECT_EQ(one["cells"][0]["contender"], "heun cfg:scale=2+cfg:scale=2");
  const Ran page = run(folder, {"compare", "classes.json", "--solver", "ddim", "-n", "8", "--label", "cycle",
                                "--evaluations", "8", "--guides", "none", "--guides", "cfg:scale=2",
                                "--trajectories", "0", "--markdown", "--quiet"});
  EXPECT_NE(page.out.find("| ddim cfg:scale=2 | 8 | 8 | 4 | "), std::string::npos) << page.out << page.err;
  expect_refusal(with({"--guide", "cfg", "--guides", "cfg"}), 2, "--guides");
  expect_refusal(with({"--guide", "cgf"}), 2, "cfg");
  expect_refusal(with({"--guides", "pag"}), 2, "attention");
}

TEST_F(CompareCommand, BadInputIsOneSentenceAndLeavesNothing) {
  expect_refusal(run(folder, {"compare"}), 2, "at least one model");
  expect_refusal(run(folder, {"compare", "small.json", "--solver", "ddin"}), 2, "ddim");
  expect_refusal(run(folder, {"compare", "small.json", "--evaluations", "0"}), 2, "0 evaluations");
  expect_refusal(run(folder, {"compare", "small.json", "--evaluations", "many"}), 2, "--evaluations");
  expect_refusal(run(folder, {"compare", "small.json", "-n", "1"}), 2, "count");
  expect_refusal(run(folder, {"compare", "small.json", "--report", "r.pdf"}), 2, ".html");
  expect_refusal(run(folder, {"compare", "small.json", "--report", "nowhere/r.html"}), 4, "nowhere");
  expect_refusal(run(folder, {"compare", "small.json", "--label", "3"}), 2, "no classes");
  expect_refusal(run(folder, {"compare", "small.json", "--plan", "none.json"}), 4, "none.json");
  expect_refusal(run(folder, {"compare", "small.json", "--what", "mmd"}), 2, "--data");
  expect_refusal(run(folder, {"compare", "small.json", "--data", "small.json", "--what", "ess"}), 2, "ess");
  expect_refusal(run(folder, {"compare", "small.json", "--data", "none.npz"}), 4, "none.npz");
  expect_refusal(run(folder, {"compare", "small.json", "tp1"}), 2, "rows of shape");
  EXPECT_EQ(folder.names(), std::vector<std::string>{"small.json"});
}

}  // namespace
}  // namespace ulam::cli::compare_command_test
