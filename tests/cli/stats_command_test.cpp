#include "ulam/cli/stats_command.h"

#include "tests/cli/support.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ulam/io/npy.h"

namespace ulam::cli::stats_command_test {
namespace {

namespace fs = std::filesystem;

using cli_test::expect_refusal;
using cli_test::run;
using cli_test::slurp;
using cli_test::TemporaryFolder;

constexpr const char* tiny =
    R"({"format": 1, "name": "tiny", "path": {"kind": "edm"}, "prediction": "edm", "network": {"kind": "mlp", "shape": [1, 4, 4], "width": 8, "depth": 1}})";

struct StatsCommand : ::testing::Test {
  TemporaryFolder folder;
  void SetUp() override {
    fs::create_directory(folder / "tiny");
    cli_test::spill(folder / "tiny/model.json", tiny);
    std::vector<std::uint8_t> bytes(64 * 16);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * i * 37 % 251);
    io::write_npy(folder / "data.npy", io::make_array<std::uint8_t>({64, 4, 4}, bytes));
  }
  cli_test::Ran train(const std::string& statistics) {
    return run(folder, {"train", "tiny/model.json", "--data", "data.npy", "--out", "out", "--steps", "2",
                        "--batch", "4", "--threads", "1", "--statistics", statistics});
  }
};

// From nothing to a teleported draw; a repeat needs the same statistics.
TEST_F(StatsCommand, StatisticsServeATeleportedDraw) {
  ASSERT_EQ(train("none").code, 0);
  EXPECT_FALSE(fs::exists(folder / "out/gaussian.safetensors"));
  expect_refusal(run(folder, {"draw", "./out", "--start", "teleport", "-o", "x.npz"}), 2, "ulam stats ./out");
  const auto stats =
      run(folder, {"stats", "./out", "--data", "data.npy", "--rank", "5", "--threads", "1", "--json"});
  ASSERT_EQ(stats.code, 0) << stats.err;
  const auto json = nlohmann::json::parse(stats.out);
  EXPECT_EQ(json["rank"], 5);
  EXPECT_EQ(json["rows"], 64);
  EXPECT_GT(json["evaluations"].get<int>(), 0);

  const auto drawn = run(folder, {"draw", "./out", "-n", "4", "--solver", "ddim", "--steps", "6", "--start",
                                  "teleport:skip=4", "--json", "-o", "x.npz"});
  ASSERT_EQ(drawn.code, 0) << drawn.err;
  EXPECT_EQ(nlohmann::json::parse(drawn.out)["evaluations"], 4 * 2);
  EXPECT_EQ(nlohmann::json::parse(drawn.out)["entry"], 4);
  ASSERT_EQ(run(folder, {"draw", "--again", "x.npz", "-o", "y.npz"}).code, 0);
  EXPECT_EQ(slurp(folder / "x.npz"), slurp(folder / "y.npz"));
  EXPECT_EQ(run(folder, {"draw", "./out", "-n", "4", "--start", "teleport", "-o", "z.npz"}).code, 0);

  ASSERT_EQ(run(folder, {"stats", "./out", "--data", "data.npy", "--rank", "6"}).code, 0);
  expect_refusal(run(folder, {"draw", "--again", "x.npz", "-o", "w.npz"}), 2, "statistics");
  cli_test::spill(folder / "out/gaussian.safetensors", "broken");
  expect_refusal(run(folder, {"draw", "./out", "--start", "teleport", "-o", "w.npz"}), 3,
                 "gaussian.safetensors");
  EXPECT_EQ(run(folder, {"draw", "./out", "-n", "2", "--steps", "2", "-o", "w.npz"}).code, 0);
}

TEST_F(StatsCommand, TrainWritesThemByItself) {
  const auto trained = train("write");
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_NE(trained.out.find("statistics: 16 directions"), std::string::npos) << trained.out;
  EXPECT_EQ(run(folder, {"draw", "./out", "-n", "2", "--start", "teleport:sigma=20", "-o", "x.npz"}).code, 0);
}

// Exact problems need no file: their moments are known.
TEST_F(StatsCommand, ExactProblemsTeleportWithoutStatistics) {
  EXPECT_EQ(run(folder, {"draw", "ring", "-n", "2", "--start", "teleport:sigma=20", "-o", "x.npy"}).code, 0);
  expect_refusal(run(folder, {"draw", "ring", "--start", "teleport", "-o", "x.npy"}), 2, "teleport:sigma=S");
  expect_refusal(run(folder, {"draw", "ring", "--start", "telport", "-o", "x.npy"}), 2, "teleport");
  expect_refusal(run(folder, {"stats", "ring", "--data", "data.npy"}), 2, "exact problem");
}

TEST_F(StatsCommand, BadInputIsOneSentence) {
  ASSERT_EQ(train("none").code, 0);
  expect_refusal(run(folder, {"stats"}), 2, "no model");
  expect_refusal(run(folder, {"stats", "./out"}), 2, "--data");
  expect_refusal(run(folder, {"stats", "./out", "--data", "none.npy"}), 4, "none.npy");
  expect_refusal(run(folder, {"stats", "./out", "--data", "data.npy", "--rank", "1001"}), 2, "rank");
  std::vector<std::uint8_t> bytes(8 * 9);
  io::write_npy(folder / "small.npy", io::make_array<std::uint8_t>({8, 3, 3}, bytes));
  expect_refusal(run(folder, {"stats", "./out", "--data", "small.npy"}), 2, "[1, 3, 3]");
  EXPECT_FALSE(fs::exists(folder / "out/gaussian.safetensors"));
}

}  // namespace
}  // namespace ulam::cli::stats_command_test
