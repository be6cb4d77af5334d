#include "ulam/cli/text_command.h"

#include "tests/cli/support.h"
#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ulam/io/llama.h"

namespace ulam::cli::text_command_test {
namespace {

using cli_test::expect_refusal;
using cli_test::Ran;
using cli_test::slurp;
using cli_test::spill;
using cli_test::TemporaryFolder;

constexpr std::int64_t pieces = 262;  // marks, bytes, " ", "a", "b"

/// Without layers that do anything: the next token depends on the last alone.
std::string small_llama() {
  const io::LlamaSizes s{4, 2, 1, 2, 1, pieces, 24, true};
  io::LlamaFile file{s, {}};
  const auto add = [&](const char* name, std::vector<std::int64_t> shape, bool zero) {
    std::vector<float> values(1);
    for (const std::int64_t n : shape) values.resize(values.size() * static_cast<std::size_t>(n));
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = zero ? 0.f : static_cast<float>((i * 7919 + 13) % 101) / 50 - 1;
    file.weights.arrays.emplace_back(name, io::make_array<float>(std::move(shape), values));
  };
  add("embedding", {pieces, 4}, false), add("attention_norm", {1, 4}, true), add("query", {1, 4, 4}, true);
  add("key", {1, 2, 4}, true), add("value", {1, 2, 4}, true), add("attention_out", {1, 4, 4}, true);
  add("feed_norm", {1, 4}, true), add("gate", {1, 2, 4}, true), add("down", {1, 4, 2}, true),
      add("up", {1, 2, 4}, true);
  add("norm", {4}, false);
  return io::serialise_llama(file);
}

std::string small_tokenizer() {
  std::string out("\6\0\0\0", 4);
  const auto add = [&](const std::string& piece) {
    const float score = 0;
    const auto length = static_cast<std::int32_t>(piece.size());
    out.append(reinterpret_cast<const char*>(&score), 4)
        .append(reinterpret_cast<const char*>(&length), 4)
        .append(piece);
  };
  for (const char* mark : {"<unk>", "<s>", "</s>"}) add(mark);
  for (int b = 0; b < 256; ++b) add(fmt::format("<0x{:02X}>", b));
  for (const char* piece : {" ", "a", "b"}) add(piece);
  return out;
}

struct TextCommand : ::testing::Test {
  TemporaryFolder folder;
  TextCommand() {
    spill(folder / "small.bin", small_llama());
    spill(folder / "small.tok.bin", small_tokenizer());
  }
  Ran draw(std::vector<std::string> more) const {
    std::vector<std::string> all = {"draw", "small.bin", "--threads", "1"};
    all.insert(all.end(), more.begin(), more.end());
    return cli_test::run(folder, all);
  }
};

TEST_F(TextCommand, ATextIsPrintedOrWrittenWithItsTokens) {
  const Ran printed = draw({"--prompt", "ab", "--tokens", "5", "--temperature", "0"});
  ASSERT_EQ(printed.code, 0) << printed.err;
  EXPECT_EQ(printed.out.substr(0, 2), "ab");
  const Ran ran =
      draw({"--prompt", "ab", "--tokens", "5", "-n", "3", "--seed", "4", "-o", "t.json", "-o", "t.txt"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const nlohmann::json j = nlohmann::json::parse(slurp(folder / "t.json"));
  ASSERT_EQ(j.at("samples").size(), 3u);
  EXPECT_EQ(j.at("samples")[2].at("id"), 2);
  const auto tokens = j.at("samples")[0].at("tokens").get<std::vector<int>>();
  EXPECT_EQ((std::vector<int>{tokens.begin(), tokens.begin() + 4}), (std::vector<int>{1, 259, 260, 261}));
  EXPECT_NE(slurp(folder / "t.txt").find("\n---\n"), std::string::npos);
  // A sample alone is the same text.
  const Ran alone = draw({"--prompt", "ab", "--tokens", "5", "--ids", "2", "--seed", "4", "--json"});
  EXPECT_EQ(nlohmann::json::parse(alone.out).at("samples")[0], j.at("samples")[2]);
}

TEST_F(TextCommand, WhatDoesNotFitIsRefusedInOneSentence) {
  expect_refusal(draw({"--solver", "ddim"}), 2, "--solver says nothing to a language model");
  expect_refusal(draw({"-o", "x.png"}), 2, ".txt or .json");
  expect_refusal(draw({"--job", "night"}), 2, "without --job");
  expect_refusal(draw({"--prompt", std::string(200, 'a')}), 2, "200 bytes");
  expect_refusal(draw({"--prompt", std::string(40, 'a')}), 2, "remembers 24");
  expect_refusal(draw({"--temperature", "-1"}), 2, "temperature");
  expect_refusal(draw({"--tokenizer", "none.bin"}), 4, "none.bin");
  expect_refusal(cli_test::run(folder, {"draw", "tp1", "--prompt", "x"}), 2,
                 "--prompt is for language models");
  expect_refusal(cli_test::run(folder, {"draw", "nowhere.bin"}), 4, "nowhere.bin");
  spill(folder / "short.bin", small_llama().substr(0, 900));
  expect_refusal(cli_test::run(folder, {"draw", "short.bin", "--tokenizer", "small.tok.bin"}), 3,
                 "900 bytes");
  spill(folder / "other.bin", small_tokenizer().substr(0, 100));
  expect_refusal(draw({"--tokenizer", "other.bin"}), 3, "other.bin");
  std::filesystem::remove(std::string(folder / "small.tok.bin"));
  expect_refusal(draw({}), 2, "tokenizer.bin");
}

}  // namespace
}  // namespace ulam::cli::text_command_test
