#include "ulam/io/json.h"

#include "tests/io/support.h"
#include <cmath>

namespace ulam::io::json_test {
namespace {
using test::expect_error;
using test::TempFolder;

TEST(Json, ReadsWhatTheStandardAllows) {
  const json v = parse_json(" {\"a\": [1, -2.5e3, true, null, \"\\u00e9\"], \"b\": {\"a\": 1}}\n", "x");
  EXPECT_EQ(v["a"][1], -2500.0);
  EXPECT_EQ(v["a"][4], "\xc3\xa9");
  EXPECT_EQ(v["b"]["a"], 1);
  EXPECT_EQ(parse_json("3", "x"), 3);
}

TEST(Json, EveryBrokenRuleNamesItsPlace) {
  const struct {
    std::string text;
    std::vector<std::string> says;
  } bad[] = {
      {"", {"x:1:", "ends too early"}},
      {"{\"a\": 1", {"ends too early"}},
      {"\"abc", {"x:1:"}},
      {"{\n\"a\": 1,\n\"b\" 2}", {"x:3:5", "not valid JSON"}},
      {"{\n  \"a\": 1,\n  \"a\": 2}", {"x:3:5", "'a' appears twice"}},
      {"[{\"b\": {\"k\": 1, \"k\": 2}}]", {"'k' appears twice"}},
      {"[1,]", {"x:1:4"}},
      {"[1] 2", {"x:1:5"}},
      {"{'a': 1}", {"x:1:2"}},
      {"// note\n1", {"x:1:"}},
      {"[01]", {"x:1:3"}},
      {"[NaN]", {"x:1:2"}},
      {"[1e999]", {"range of a double"}},
      {"[\"\xff\"]", {"x:1:3"}},
      {"[\"\\ud800\"]", {"x:1:"}},
      {"[\"a\nb\"]", {"x:2:1"}},
      {std::string("1\0 garbage", 10), {"x:1:2", "NUL"}},
      {std::string(65, '['), {"x:1:65", "64 levels"}},
      {std::string(1'000'000, '['), {"64 levels"}},
  };
  for (const auto& row : bad) {
    SCOPED_TRACE(row.text.substr(0, 40));
    expect_error(ErrorKind::file, row.says, [&] { parse_json(row.text, "x"); });
  }
  expect_error(ErrorKind::file, {"x: ", "6 bytes", "5 allowed"}, [] { parse_json("[1, 2]", "x", 5); });
  EXPECT_NO_THROW(parse_json(std::string(64, '[') + std::string(64, ']'), "x"));
}

TEST(Json, AFileSurvivesARoundTripAndErrorsNameIt) {
  const TempFolder folder;
  const json v = {{"z", 1}, {"a", {0.1, 1e-300, -0.0}}, {"t", "\xc3\xa9\n"}};
  write_json(folder / "a.json", v);
  EXPECT_EQ(read_json(folder / "a.json"), v);
  EXPECT_EQ(read_file(folder / "a.json").back(), std::byte{'\n'});
  write_file_atomic(folder / "b.json", "{");
  expect_error(ErrorKind::file, {folder / "b.json:1:1: "}, [&] { read_json(folder / "b.json"); });
  expect_error(ErrorKind::system, {folder / "c.json", "no such file"}, [&] { read_json(folder / "c.json"); });
}

TEST(Json, WhatJsonCannotSayIsRefusedAndLeavesNothing) {
  const TempFolder folder;
  expect_error(ErrorKind::option, {"not a number"}, [&] { write_json(folder / "a", {{"k", {1, NAN}}}); });
  expect_error(ErrorKind::option, {"UTF-8"}, [&] { write_json(folder / "a", {{"k", "\xff"}}); });
  EXPECT_TRUE(folder.names().empty());
}

}  // namespace
}  // namespace ulam::io::json_test
