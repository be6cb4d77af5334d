#include "ulam/model/diffusers_fields.h"

#include "tests/errors.h"

#include <gtest/gtest.h>

namespace ulam::diffusers::diffusers_fields_test {
namespace {
using nlohmann::json;
using ulam::testing::expect_error;

TEST(DiffusersFields, AbsentIsStandardAndNullIsNothing) {
  const json j = {{"null", nullptr}, {"seven", 7}, {"float", 224.0}, {"text", "x"}};
  Fields f(j, "c");
  EXPECT_EQ(f.integer("none", 3, 0, 9), 3);
  EXPECT_EQ(f.integer("seven", 3, 0, 9), 7);
  EXPECT_EQ(f.integer("float", 3, 0, 999), 224);
  EXPECT_EQ(f.maybe_integer("null", 3, 0, 9), std::nullopt);
  EXPECT_EQ(f.maybe_integer("none", 3, 0, 9), 3);
  EXPECT_EQ(f.maybe_real("null", 0.5, 0, 1), std::nullopt);
  EXPECT_EQ(f.maybe_text("null", "y"), std::nullopt);
  EXPECT_EQ(f.maybe_text("text", "y"), "x");
  EXPECT_FALSE(f.flag("null", true));
  EXPECT_TRUE(f.flag("none", true));
  EXPECT_FALSE(f.has("null"));
  EXPECT_TRUE(f.has("seven"));
  EXPECT_FALSE(f.has("none"));
}

TEST(DiffusersFields, SizesAreOneNumberOrTwo) {
  const json j = {{"one", 8}, {"two", {8, 12}}, {"three", {1, 2, 3}}, {"null", nullptr}};
  Fields f(j, "c");
  EXPECT_EQ(f.size("one", {}, 1, 99), std::pair(8, 8));
  EXPECT_EQ(f.size("two", {}, 1, 99), std::pair(8, 12));
  EXPECT_EQ(f.size("none", 5, 1, 99), std::pair(5, 5));
  for (const char* bad : {"three", "null", "absent"})
    expect_error(ErrorKind::file, {"c: field", bad}, [&] { f.size(bad, {}, 1, 99); });
}

TEST(DiffusersFields, EveryWrongValueIsNamedWithWhatIsValid) {
  const json j = {{"a", -1},         {"b", 1.5},      {"c", "x"},       {"d", json::array()},
                  {"e", {1, "x"}},   {"f", {1, 99}},  {"g", true},      {"h", nullptr},
                  {"i", 1e300},      {"j", {1.5}},    {"k", "epsilom"}, {"l", "bad\n\x1b[0m"},
                  {"m", {{"x", 1}}}, {"n", {"a", 1}}, {"o", ~0ull}};
  struct Bad {
    std::vector<std::string> says;
    std::function<void(Fields&)> ask;
  };
  for (const Bad& bad :
       std::vector<Bad>{{{"'a'", "-1", "0 to 9"}, [](Fields& f) { f.integer("a", 0, 0, 9); }},
                        {{"'b'", "1.5", "whole number"}, [](Fields& f) { f.integer("b", 0, 0, 9); }},
                        {{"'c'", "\"x\"", "whole number"}, [](Fields& f) { f.integer("c", 0, 0, 9); }},
                        {{"'d'", "[]", "1 to 4"}, [](Fields& f) { f.integers("d", {}, 0, 9, 4); }},
                        {{"'e'", "numbers"}, [](Fields& f) { f.reals("e", {}, 0, 9, 4); }},
                        {{"'f'", "99", "0 to 9"}, [](Fields& f) { f.integers("f", {}, 0, 9, 4); }},
                        {{"'f'", "1 to 1"}, [](Fields& f) { f.integers("f", {}, 0, 999, 1); }},
                        {{"'g'", "true"}, [](Fields& f) { f.integer("g", 0, 0, 9); }},
                        {{"'g'", "true"}, [](Fields& f) { f.real("g", 0, 0, 9); }},
                        {{"'h'", "null"}, [](Fields& f) { f.integer("h", 0, 0, 9); }},
                        {{"'h'", "null"}, [](Fields& f) { f.real("h", 0, 0, 9); }},
                        {{"'h'", "null"}, [](Fields& f) { f.text("h", ""); }},
                        {{"'i'", "0 to 9"}, [](Fields& f) { f.integer("i", 0, 0, 9); }},
                        {{"'i'", "0 to 9"}, [](Fields& f) { f.real("i", 0, 0, 9); }},
                        {{"'j'", "whole numbers"}, [](Fields& f) { f.integers("j", {}, 0, 9); }},
                        {{"'k'", "sample", "nearest: epsilon"},
                         [](Fields& f) {
                           f.choice("k", "", {"epsilon", "sample"});
                         }},
                        {{"'l'", "valid: a"}, [](Fields& f) { f.choice("l", "", {"a"}); }},
                        {{"'m'", "true or false"}, [](Fields& f) { f.flag("m", false); }},
                        {{"'m'", "string"}, [](Fields& f) { f.text("m", ""); }},
                        {{"'n'", "strings"}, [](Fields& f) { f.texts("n", {}); }},
                        {{"'o'", "whole number"}, [](Fields& f) { f.integer("o", 0, 0, 9); }}}) {
    SCOPED_TRACE(bad.says[0]);
    std::vector<std::string> says = bad.says;
    says.push_back("config.json: field");
    Fields f(j, "config.json");
    expect_error(ErrorKind::file, says, [&] { bad.ask(f); });
  }
  expect_error(ErrorKind::file, {"config.json", "object", "array"},
               [] { Fields f(json::array(), "config.json"); });
}

TEST(DiffusersFields, TellsOfFieldsThatNobodyAskedFor) {
  const json j = {{"_class_name", "X"}, {"beta_strt", 1}, {"beta_end", 2}, {"idle", 3}, {"zz\n", 4}};
  Fields f(j, "c");
  f.real("beta_start", 0, 0, 9);
  f.real("beta_end", 0, 0, 9);
  f.ignore({"idle"});
  EXPECT_EQ(f.unknown(), (std::vector<std::string>{"beta_strt", "zz\n"}));
  const auto warnings = f.warnings();
  ASSERT_EQ(warnings.size(), 2u);
  EXPECT_NE(warnings[0].find("'beta_strt' is unknown"), std::string::npos) << warnings[0];
  EXPECT_NE(warnings[0].find("nearest: beta_start"), std::string::npos) << warnings[0];
  EXPECT_EQ(warnings[1].find('\n'), std::string::npos);
}

}  // namespace
}  // namespace ulam::diffusers::diffusers_fields_test
