#include "ulam/cli/tune_command.h"

#include "support.h"
#include <filesystem>

#include <nlohmann/json.hpp>

namespace ulam::cli::tune_command_test {
namespace {

using cli_test::expect_refusal;
using cli_test::Ran;
using cli_test::run;
using cli_test::slurp;
using cli_test::spill;
using cli_test::TemporaryFolder;

struct TuneCommand : ::testing::Test {
  TemporaryFolder folder;
  void SetUp() override { setenv("ULAM_CACHE", (folder / "cache").c_str(), 1); }
  void TearDown() override { unsetenv("ULAM_CACHE"); }
};

// What tune writes is a plan that draw runs, at the cost that was asked for.
TEST_F(TuneCommand, WritesAPlanThatDrawRuns) {
  const Ran ran = run(folder, {"tune", "tp1", "--steps", "3", "--training", "32", "--held-out", "32",
                               "--rounds", "2", "-o", "best.json", "--json"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const auto said = nlohmann::json::parse(ran.out);
  EXPECT_LT(said["tuned"]["training"], said["published"]["training"]);
  EXPECT_GE(said["random_spent"], said["spent"]);
  EXPECT_FALSE(std::filesystem::exists(folder / "best.json.search"));
  const Ran drawn = run(folder, {"draw", "tp1", "--plan", "best.json", "-n", "4", "-o", "x.npy", "--json"});
  ASSERT_EQ(drawn.code, 0) << drawn.err;
  EXPECT_EQ(nlohmann::json::parse(drawn.out)["evaluations"], 12);
}

// A plan can be made better on other samples, and is never made worse on them.
TEST_F(TuneCommand, GoesOnFromAPlan) {
  const auto tuned = [&](std::vector<std::string> words) {
    const std::vector<std::string> same = {"tune",       "tp1",    "--training",  "64",
                                           "--held-out", "64",     "--no-random", "--refined",
                                           "1",          "--json", "--quiet"};
    words.insert(words.begin(), same.begin(), same.end());
    const Ran ran = run(folder, words);
    EXPECT_EQ(ran.code, 0) << ran.err;
    return nlohmann::json::parse(ran.out)["tuned"]["training"].get<double>();
  };
  const double first = tuned({"--steps", "4", "--optimiser", "refine", "--rounds", "1", "-o", "a.json"});
  EXPECT_LT(tuned({"--from", "a.json", "--rounds", "3", "-o", "b.json"}), first);
  EXPECT_LT(tuned({"--from", "a.json", "--steps", "5", "--rounds", "3", "-o", "c.json"}), first / 2);
  expect_refusal(run(folder, {"tune", "tp1", "--from", "a.json", "--steps", "3"}), 2, "3 are asked for");
  expect_refusal(run(folder, {"tune", "tp1", "--from", "a.json", "--optimiser", "evolution"}), 2,
                 "evolution+refine");
  expect_refusal(run(folder, {"tune", "ring", "--from", "a.json"}), 2, "path");
}

// By samples of the data instead of trajectories; a search too short to find anything must not give a plan
// that is worse than the solvers that were there.
TEST_F(TuneCommand, OtherObjectivesGoBySamplesAndNeverLoseToWhatWasThere) {
  ASSERT_EQ(run(folder, {"draw", "ring", "-n", "64", "--seed", "9", "-o", "real.npy", "--quiet"}).code, 0);
  for (const std::string objective : {"frechet", "mmd"}) {
    const Ran ran = run(
        folder,
        {"tune",        "ring", "--objective",       objective, "--data",     "real.npy", "--features", "raw",
         "--steps",     "3",    "--candidates",      "3",       "--training", "48",       "--held-out", "48",
         "--no-random", "-o",   objective + ".json", "--json",  "--quiet"});
    ASSERT_EQ(ran.code, 0) << ran.err;
    const auto said = nlohmann::json::parse(ran.out);
    EXPECT_EQ(said["objective"], objective);
    EXPECT_EQ(said["reference_spent"], 0);
    EXPECT_LE(said["tuned"]["training"], said["published"]["training"]);
    EXPECT_EQ(said["passed_over"].is_null(), said["tuned"]["solver"] != said["published"]["solver"]);
    const Ran drawn =
        run(folder, {"draw", "ring", "--plan", objective + ".json", "-n", "4", "-o", "x.npy", "--json"});
    ASSERT_EQ(drawn.code, 0) << drawn.err;
    EXPECT_EQ(nlohmann::json::parse(drawn.out)["evaluations"], 12);
  }
}

TEST_F(TuneCommand, BadInputIsRefusedBeforeAnythingRuns) {
  expect_refusal(run(folder, {"tune"}), 2, "no model given");
  expect_refusal(run(folder, {"tune", "tp1", "-o", "plan.txt"}), 2, "ends in .json");
  expect_refusal(run(folder, {"tune", "tp1", "-o", "nowhere/plan.json"}), 4, "is not there");
  expect_refusal(run(folder, {"tune", "tp1", "--steps", "0"}), 2, "steps");
  expect_refusal(run(folder, {"tune", "tp1", "--optimiser", "evolve"}), 2, "evolution");
  expect_refusal(run(folder, {"tune", "tp1", "--objective", "frechet"}), 2, "needs --data");
  expect_refusal(run(folder, {"tune", "tp1", "--objective", "agreement"}), 2, "a model with classes");
  expect_refusal(run(folder, {"tune", "tp1", "--data", "ring"}), 2, "--objective");
  spill(folder / "p.json.search", "{}");
  expect_refusal(run(folder, {"tune", "tp1", "-o", "p.json"}), 2, "another request");
}

}  // namespace
}  // namespace ulam::cli::tune_command_test
