// `ulam draw --job` as a user meets it.
#include "ulam/cli/job_draw.h"

#include "tests/cli/job_support.h"
#include "tests/cli/support.h"
#include <csignal>

#include <nlohmann/json.hpp>

namespace ulam::cli::job_draw_test {
namespace {

namespace fs = std::filesystem;
using cli_test::expect_refusal;
using cli_test::Ran;
using cli_test::run;
using cli_test::slurp;
using cli_test::TemporaryFolder;
using cli_test::Variables;
using Words = std::vector<std::string>;

Words operator+(Words a, const Words& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

const Words draw_words = {"draw",   "tp1", "-n",      "100", "--solver",   "ddpm", "--steps",   "3",
                          "--seed", "5",   "--batch", "8",   "--first-id", "11",   "--threads", "1"};
const Words job_words = draw_words + Words{"--job", "j", "--shard", "24"};

// The heart of it: shards, stops and ranks leave no trace in the bytes.
TEST(JobDraw, TheExportIsTheFileOfAPlainDraw) {
  const TemporaryFolder folder;
  ASSERT_EQ(run(folder, draw_words + Words{"-o", "a.npz", "-o", "a.npy", "-o", "a.safetensors"}).code, 0);
  const Ran drawn = run(folder, job_words);
  ASSERT_EQ(drawn.code, 0) << drawn.err;
  EXPECT_NE(drawn.out.find("100 of 100 samples"), drawn.out.npos) << drawn.out;
  const Ran ran = run(folder, {"job", "export", "j", "-o", "b.npz", "-o", "b.npy", "-o", "b.safetensors"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  for (const char* end : {".npz", ".npy", ".npy.json", ".safetensors"})
    EXPECT_TRUE(slurp(folder / (std::string("a") + end)) == slurp(folder / (std::string("b") + end))) << end;
}

TEST(JobDraw, TheSameCommandOnAFinishedJobDrawsNothing) {
  const TemporaryFolder folder;
  ASSERT_EQ(run(folder, job_words).code, 0);
  const Ran again = run(folder, job_words + Words{"--json"});
  const auto summary = nlohmann::json::parse(again.out);
  EXPECT_EQ(summary["drawn_now"], 0);
  EXPECT_EQ(summary["finished"], true);
}

TEST(JobDraw, AnotherConfigurationIsRefusedWithTheDifference) {
  const TemporaryFolder folder;
  ASSERT_EQ(run(folder, job_words).code, 0);
  const std::string before = slurp(folder / "j/manifest.json");
  Words other = job_words;
  other[7] = "4";
  expect_refusal(run(folder, other), 2, "draw.options.steps is 3, asked for was 4");
  other = job_words;
  other[9] = "6";
  expect_refusal(run(folder, other), 2, "draw.options.seed is 5, asked for was 6");
  expect_refusal(run(folder, draw_words + Words{"--job", "j", "--shard", "16"}), 2,
                 "shard_rows is 24, asked for was 16");
  EXPECT_EQ(slurp(folder / "j/manifest.json"), before);
}

TEST(JobDraw, ThreadsLeftOpenAreThoseOfTheJob) {
  const TemporaryFolder folder;
  ASSERT_EQ(run(folder, job_words).code, 0);
  Words open = job_words;
  open.erase(open.end() - 6, open.end() - 4);  // --threads 1
  const Variables many{{"OMP_NUM_THREADS", "2"}};
  EXPECT_EQ(run(folder, open).code, 0);
}

TEST(JobDraw, RefusesWhatAJobCannotTake) {
  const TemporaryFolder folder;
  expect_refusal(run(folder, {"draw", "tp1", "--ids", "3", "--job", "j"}), 2, "--ids");
  expect_refusal(run(folder, {"draw", "tp1", "--cap", "100", "--job", "j"}), 2, "--cap");
  expect_refusal(run(folder, {"draw", "tp1", "--noise", "x.npy", "--job", "j"}), 2, "--noise");
  expect_refusal(run(folder, {"draw", "tp1", "-o", "x.npy", "--job", "j"}), 2, "--output");
  expect_refusal(run(folder, {"draw", "--again", "x.npy", "--job", "j"}), 2, "--again");
  expect_refusal(run(folder, {"draw", "tp1", "--shard", "4", "-o", "x.npy"}), 2, "--job");
  expect_refusal(run(folder, {"draw", "tp1", "--shard", "-4", "--job", "j"}), 2, "shard");
  expect_refusal(run(folder, {"draw", "tp2", "--job", "j"}), 2, "tp2");
  EXPECT_FALSE(fs::exists(folder / "j")) << "a refused job leaves no folder";
}

TEST(JobDraw, RanksAreReadFromTheLauncher) {
  const TemporaryFolder folder;
  {
    const Variables launcher{{"RANK", "2"}, {"WORLD_SIZE", "3"}};
    const auto summary = nlohmann::json::parse(run(folder, job_words + Words{"--json"}).out);
    EXPECT_EQ(summary["rank"], 2);
    EXPECT_EQ(summary["ranks"], 3);
    EXPECT_EQ(summary["finished"], true) << "one rank draws everything if the others never come";
  }
  const Variables wrong{{"RANK", "3"}, {"WORLD_SIZE", "3"}};
  expect_refusal(run(folder, job_words), 2, "RANK");
}

TEST(JobDraw, NoHostAndNoTimeIsInTheExport) {
  const TemporaryFolder folder;
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  ASSERT_EQ(run(folder, job_words).code, 0);
  ASSERT_EQ(run(folder, {"job", "export", "j", "-o", "b.safetensors"}).code, 0);
  const std::string bytes = slurp(folder / "b.safetensors");
  if (std::string(host).size() > 3) {
    EXPECT_EQ(bytes.find(host), bytes.npos);
  }
  EXPECT_EQ(bytes.find("seconds"), bytes.npos);
}

}  // namespace
}  // namespace ulam::cli::job_draw_test
