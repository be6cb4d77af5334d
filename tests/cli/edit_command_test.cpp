// `ulam edit` as typed: pictures from each kind of file, a page, a summary, and every odd input in one
// sentence.
#include "ulam/cli/edit_command.h"

#include "tests/cli/support.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ulam/io/npy.h"
#include "ulam/io/png.h"

namespace ulam::cli::edit_command_test {
namespace {

using cli_test::expect_refusal;
using cli_test::TemporaryFolder;

constexpr const char* tiny =
    R"({"format": 1, "name": "tiny", "path": {"kind": "edm"}, "prediction": "edm", "network": {"kind": "unet",
        "shape": [1, 8, 8], "channels": 8, "multipliers": [1, 2], "blocks": [1, 1], "attention": [1], "heads": 2,
        "embedding": 16, "groups": 4, "classes": 3}})";

struct EditCommand : ::testing::Test {
  TemporaryFolder folder;
  void SetUp() override {
    std::filesystem::create_directory(folder / "tiny");
    cli_test::spill(folder / "tiny/model.json", tiny);
    std::vector<std::uint8_t> bytes(64 * 64);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * i * 37 % 251);
    io::write_npy(folder / "data.npy", io::make_array<std::uint8_t>({64, 8, 8}, bytes));
    io::write_png(folder / "one.png", io::make_array<std::uint8_t>({8, 8}, {bytes.data(), 64}));
    io::write_png(folder / "large.png", io::make_array<std::uint8_t>({16, 16}, {bytes.data(), 256}));
    ASSERT_EQ(run({"train", "tiny/model.json", "--data", "data.npy", "--out", "out", "--steps", "2",
                   "--batch", "4", "--threads", "1", "--statistics", "none"})
                  .code,
              0);
    ASSERT_EQ(run({"draw", "./out", "--label", "1", "-n", "3", "--steps", "3", "-o", "drawn.npz"}).code, 0);
  }
  cli_test::Ran run(const std::vector<std::string>& words) { return cli_test::run(folder, words); }
  cli_test::Ran edit(std::vector<std::string> more) {
    std::vector<std::string> words = {"edit", "--model", "./out", "--steps", "4", "--threads", "1"};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }
};

TEST_F(EditCommand, WritesAPageAndSaysHowFarItWent) {
  const auto ran = edit({"drawn.npz", "--to", "2", "--samples", "edited.npz", "--json"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const auto json = nlohmann::json::parse(ran.out);
  EXPECT_EQ(json["files"], nlohmann::json({"drawn-edited.png", "edited.npz"}));
  EXPECT_EQ(json["evaluations"], 3 * (4 + 4 + 8 + 2 * 4 + 2 * 2));  // 2 of 4 steps keep the layout
  EXPECT_EQ(json["source"]["moved"]["value"], 0);
  EXPECT_GT(json["edited"]["moved"]["value"].get<double>(), 0);
  const io::Png page = io::read_png(folder / "drawn-edited.png");
  EXPECT_EQ(nlohmann::json::parse(page.text.at("ulam"))["command"], "edit");
  EXPECT_NE(edit({"drawn.npz", "--to", "2"}).out.find("the layout moved"), std::string::npos);
}

// A picture alone tells no class; its gray levels are the model's range.
TEST_F(EditCommand, TakesOnePicture) {
  const auto ran = edit({"one.png", "--from", "0", "--to", "1", "-o", "x.png"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  expect_refusal(edit({"one.png", "--to", "1", "-o", "y.png"}), 2, "--from");
  expect_refusal(edit({"large.png", "--from", "0", "--to", "1", "-o", "y.png"}), 2, "[1, 16, 16]");
  EXPECT_FALSE(std::filesystem::exists(folder / "y.png"));
}

TEST_F(EditCommand, OddInputIsOneSentence) {
  expect_refusal(edit({"drawn.npz"}), 2, "--to 9");
  expect_refusal(run({"edit", "--to", "1"}), 2, "no picture given");
  expect_refusal(edit({"nowhere.npz", "--to", "1"}), 4, "nowhere.npz");
  expect_refusal(edit({"drawn.npz", "--to", "3"}), 2, "from 0 to 2");
  expect_refusal(edit({"drawn.npz", "--to", "1", "-o", "x.npz"}), 2, "--samples");
  expect_refusal(edit({"drawn.npz", "--to", "1", "--module", "nowhere"}), 2, "nowhere");
  expect_refusal(edit({"drawn.npz", "--to", "1", "--least", "2"}), 2, "least");
  expect_refusal(edit({"drawn.npz", "--to", "1", "--judge", "./out"}), 2, "classifier");
  expect_refusal(run({"edit", "drawn.npz", "--model", "tp1", "--to", "1"}), 2, "no pictures");
}

}  // namespace
}  // namespace ulam::cli::edit_command_test
