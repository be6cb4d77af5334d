#include "ulam/cli/train_command.h"

#include "tests/cli/support.h"

#include <gtest/gtest.h>

#include "ulam/io/npy.h"

namespace ulam::cli::train_command_test {
namespace {

namespace fs = std::filesystem;

using cli_test::expect_refusal;
using cli_test::run;
using cli_test::TemporaryFolder;

constexpr const char* tiny =
    R"({"format": 1, "name": "tiny", "path": {"kind": "edm"}, "prediction": "edm", "network": {"kind": "mlp", "shape": [1, 4, 4], "width": 8, "depth": 1}})";

void write_pictures(const std::string& path) {
  std::vector<std::uint8_t> bytes(64 * 16);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 37);
  io::write_npy(path, io::make_array<std::uint8_t>({64, 4, 4}, bytes));
}

TEST(TrainCommand, TrainsABundleThatCanBeDrawnFrom) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "tiny");
  cli_test::spill(folder / "tiny/model.json", tiny);
  write_pictures(folder / "data.npy");
  const auto ran = run(folder, {"train", "tiny/model.json", "--data", "data.npy", "--out", "out", "--steps",
                                "3", "--batch", "4", "--threads", "1", "--json"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_NE(ran.out.find("\"finished\": true"), std::string::npos);
  EXPECT_EQ(run(folder, {"draw", "./out", "-n", "4", "--steps", "2", "-o", "x.png"}).code, 0);
}

TEST(TrainCommand, BadInputIsOneSentence) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "tiny");
  cli_test::spill(folder / "tiny/model.json", tiny);
  write_pictures(folder / "data.npy");
  expect_refusal(run(folder, {"train", "tiny/model.json", "--data", "none", "--out", "out"}), 4, "none");
  expect_refusal(run(folder, {"train", "./none", "--data", "data.npy", "--out", "out"}), 4, "none");
  expect_refusal(
      run(folder, {"train", "tiny/model.json", "--data", "data.npy", "--out", "out", "--steps", "-1"}), 2,
      "steps=-1");
  expect_refusal(run(folder, {"train", "tiny/model.json", "--data", "data.npy"}), 2, "--out");
}

}  // namespace
}  // namespace ulam::cli::train_command_test
