#include "ulam/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include "ulam/base/error.h"

namespace ulam::cli::command_line_test {
namespace {

const std::vector<Parameter> schema = {
    {"steps", OptionType::integer, "8", "steps", 1, 100, {}, ""},
    {"json", OptionType::boolean, "false", "as JSON", {}, {}, {}, ""},
    {"dtype", OptionType::text, "", "numbers", {}, {}, {"float32", "float64"}, ""},
};

Given parse(std::vector<std::string> words) {
  CLI::App app("test", "draw");
  app.allow_extras();
  Given given;
  add_parameters(app, schema, given, {{"steps", "s"}});
  std::reverse(words.begin(), words.end());
  app.parse(words);
  refuse_extras(app);
  return given;
}

TEST(CommandLine, TextsArriveUnderTheParametersName) {
  EXPECT_EQ(parse({"--steps", "12", "--json"}), (Given{{"steps", "12"}, {"json", "true"}}));
  EXPECT_EQ(parse({"-s", "12"}), (Given{{"steps", "12"}}));
  EXPECT_EQ(parse({"--steps=-3"}), (Given{{"steps", "-3"}}));
  EXPECT_EQ(parse({}), Given{});
}

TEST(CommandLine, WhatIsNoOptionGetsTheNearest) {
  const auto sentence = [](const std::vector<std::string>& words) -> std::string {
    try {
      parse(words);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_EQ(sentence({"--stepz=3"}),
            "draw: unknown option --stepz=3, nearest: --steps; ulam draw --help lists all");
  EXPECT_EQ(sentence({"fashion"}), "draw: unexpected argument fashion");
}

TEST(CommandLine, DescriptionsTellTypeRangeAndDefault) {
  EXPECT_EQ(describe(schema[0]), "integer from 1 to 100, default 8");
  EXPECT_EQ(describe(schema[1]), "flag");
  EXPECT_EQ(describe(schema[2]), "one of float32, float64");
  EXPECT_EQ(describe({"x", OptionType::real, "", "", 0, {}, {}, "s"}), "number, at least 0 s");
}

}  // namespace
}  // namespace ulam::cli::command_line_test
