// `ulam job` as a user meets it.
#include "ulam/cli/job_command.h"

#include "tests/cli/support.h"

#include <nlohmann/json.hpp>

namespace ulam::cli::job_command_test {
namespace {

namespace fs = std::filesystem;
using cli_test::expect_refusal;
using cli_test::Ran;
using cli_test::run;
using cli_test::slurp;
using cli_test::spill;
using cli_test::TemporaryFolder;
using Words = std::vector<std::string>;

const Words job_words = {"draw",  "tp1", "-n",      "60", "--steps",   "2",
                         "--job", "j",   "--shard", "16", "--threads", "1"};

void flip(const std::string& path) {
  std::string bytes = slurp(path);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  spill(path, bytes);
}

TEST(JobCommand, StatusSaysHowFarItIs) {
  const TemporaryFolder folder;
  ASSERT_EQ(run(folder, job_words).code, 0);
  EXPECT_NE(run(folder, {"job", "status", "j"}).out.find("60 of 60 samples in 4 of 4 shards"),
            std::string::npos);
  const auto status = nlohmann::json::parse(run(folder, {"job", "status", "j", "--json"}).out);
  EXPECT_EQ(status["samples"], 60);
  EXPECT_EQ(status["evaluations"], 120);
  EXPECT_EQ(status["draw"]["options"]["steps"], 2);
}

// The way of an operator through a damaged disk: verify, repair, the same command, export.
TEST(JobCommand, DamageIsFoundRepairedAndDrawnAgain) {
  const TemporaryFolder folder;
  ASSERT_EQ(run(folder, job_words).code, 0);
  ASSERT_EQ(run(folder, {"job", "export", "j", "-o", "a.npz"}).code, 0);
  EXPECT_EQ(run(folder, {"job", "verify", "j"}).code, 0);
  flip(folder / "j/shards/00000002.safetensors");
  const Ran verified = run(folder, {"job", "verify", "j"});
  EXPECT_EQ(verified.code, 3);
  EXPECT_NE(verified.out.find("00000002.safetensors: its bytes have changed"), std::string::npos)
      << verified.out;
  expect_refusal(run(folder, {"job", "export", "j", "-o", "b.npz"}), 3, "00000002");
  EXPECT_FALSE(fs::exists(folder / "b.npz"));
  EXPECT_NE(run(folder, {"job", "repair", "j"}).out.find("removed"), std::string::npos);
  const Ran drawn = run(folder, job_words);
  EXPECT_EQ(drawn.code, 0);
  EXPECT_NE(drawn.err.find("1 shards were damaged or missing"), std::string::npos) << drawn.err;
  ASSERT_EQ(run(folder, {"job", "export", "j", "-o", "b.npz"}).code, 0);
  EXPECT_TRUE(slurp(folder / "a.npz") == slurp(folder / "b.npz"));
}

// What the record says leads back to the samples, as for every output.
TEST(JobCommand, TheExportCanBeDrawnAgain) {
  const TemporaryFolder folder;
  ASSERT_EQ(run(folder, job_words).code, 0);
  ASSERT_EQ(run(folder, {"job", "export", "j", "-o", "a.npz"}).code, 0);
  const Ran again = run(folder, {"draw", "--again", "a.npz", "-o", "b.npz"});
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_TRUE(slurp(folder / "a.npz") == slurp(folder / "b.npz"));
}

TEST(JobCommand, RefusesWhatItCannotDo) {
  const TemporaryFolder folder;
  ASSERT_EQ(run(folder, job_words).code, 0);
  expect_refusal(run(folder, {"job"}), 2, "status, verify, export, repair");
  expect_refusal(run(folder, {"job", "status"}), 2, "no folder");
  expect_refusal(run(folder, {"job", "resume", "j"}), 2, "resume");
  expect_refusal(run(folder, {"job", "status", "none"}), 2, "holds no job");
  expect_refusal(run(folder, {"job", "status", "j", "-o", "x.npz"}), 2, "--output");
  expect_refusal(run(folder, {"job", "export", "j"}), 2, "-o FILE");
  expect_refusal(run(folder, {"job", "export", "j", "-o", "x.png"}), 2, ".npz");
  expect_refusal(run(folder, {"job", "export", "j", "-o", "none/x.npz"}), 4, "none");
  spill(folder / "j/manifest.json", "{");
  expect_refusal(run(folder, {"job", "status", "j"}), 3, "manifest.json");
}

}  // namespace
}  // namespace ulam::cli::job_command_test
