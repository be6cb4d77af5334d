#include "ulam/cli/learn_command.h"

#include "tests/cli/support.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ulam/io/npz.h"
#include "ulam/model/bundle.h"

namespace ulam::cli::learn_command_test {
namespace {

namespace fs = std::filesystem;

using cli_test::expect_refusal;
using cli_test::Ran;
using cli_test::run;
using cli_test::TemporaryFolder;

void small_model(const TemporaryFolder& folder) {
  BundleConfig config;
  config.name = "small";
  config.network = {{"kind", "unet"},   {"shape", {1, 8, 8}}, {"channels", 8}, {"multipliers", {1, 2}},
                    {"blocks", {1, 1}}, {"attention", {1}},   {"heads", 2},    {"embedding", 16},
                    {"groups", 4},      {"classes", 2}};
  const std::unique_ptr<Network> network = make_network(config.network, "test");
  network->parameters().initialise(3);
  save_bundle(folder / "small", config, *network);
}

// The way of the page, from the model to a guided draw.
TEST(LearnCommand, SimsMakesAModelThatGuides) {
  const TemporaryFolder folder;
  small_model(folder);
  const Ran ran =
      run(folder, {"learn", "sims", "./small", "--out", "sims", "--draws", "16", "--solver", "ddim",
                   "--draw_steps", "2", "--steps", "2", "--batch", "4", "--device", "cpu", "--json"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(nlohmann::json::parse(ran.out)["draws"]["evaluations"], 32);
  EXPECT_EQ(nlohmann::json::parse(ran.out)["training"]["finished"], true);
  const Ran drawn = run(folder, {"draw", "./small", "--label", "1", "-n", "2", "--steps", "2", "--guide",
                                 "sims:model=./sims", "-o", "x.npy"});
  EXPECT_EQ(drawn.code, 0) << drawn.err;
}

TEST(LearnCommand, MinorityMakesAClassifierThatGuides) {
  const TemporaryFolder folder;
  small_model(folder);
  io::ArrayFile data;
  std::vector<std::uint8_t> bytes(40 * 64);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * i * 37 % 251);
  data.arrays.emplace_back("images", io::make_array<std::uint8_t>({40, 8, 8}, bytes));
  io::write_npz(folder / "data.npz", data);
  const Ran ran =
      run(folder, {"learn", "minority", "./small", "--data", "data.npz", "--out", "rarity", "--bins", "2",
                   "--noises", "1", "--steps", "2", "--batch", "4", "--device", "cpu", "--quiet"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Ran drawn = run(folder, {"draw", "./small", "--label", "1", "-n", "2", "--steps", "2", "--guide",
                                 "minority:classifier=./rarity", "-o", "x.npy"});
  EXPECT_EQ(drawn.code, 0) << drawn.err;
}

TEST(LearnCommand, BadInputIsOneSentence) {
  const TemporaryFolder folder;
  small_model(folder);
  expect_refusal(run(folder, {"learn", "sims", "./small"}), 2, "--out");
  expect_refusal(run(folder, {"learn", "sims", "tp1", "--out", "x"}), 2, "exact problem");
  expect_refusal(run(folder, {"learn", "sims", "./small", "--out", "x", "--draws", "0"}), 2, "draws=0");
  expect_refusal(run(folder, {"learn", "sims", "./small", "--out", "x", "--drawz", "3"}), 2, "draws");
  expect_refusal(run(folder, {"learn", "minority", "./small", "--out", "x"}), 2, "--data");
  EXPECT_NE(run(folder, {"learn"}).code, 0);
}

}  // namespace
}  // namespace ulam::cli::learn_command_test
