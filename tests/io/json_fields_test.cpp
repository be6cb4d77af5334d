#include "tests/io/support.h"

#include "ulam/io/json.h"

namespace ulam::io::json_fields_test {
namespace {
using test::expect_error;

const char* const text =
    R"({"flag": true, "n": -3, "big": 18446744073709551615, "r": 0.5, "t": "hi", "null": null,
  "rs": [1, 2.5], "is": [1, 2], "ts": ["a"], "rows": [[1], [2, 3]], "o": {"k": 1}, "mixed": [1, "x"]})";

TEST(JsonFields, MembersOfEveryTypeComeBack) {
  const json v = parse_json(text, "f");
  EXPECT_TRUE(get_flag(v, "flag", "f"));
  EXPECT_EQ(get_integer(v, "n", "f"), -3);
  EXPECT_EQ(get_real(v, "r", "f"), 0.5);
  EXPECT_EQ(get_real(v, "n", "f"), -3.0);
  EXPECT_EQ(get_text(v, "t", "f"), "hi");
  EXPECT_EQ(get_reals(v, "rs", "f"), (std::vector<double>{1, 2.5}));
  EXPECT_EQ(get_integers(v, "is", "f"), (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(get_texts(v, "ts", "f"), std::vector<std::string>{"a"});
  EXPECT_EQ(get_real_rows(v, "rows", "f"), (std::vector<std::vector<double>>{{1}, {2, 3}}));
  EXPECT_EQ(get_integer(get_object(v, "o", "f"), "k", "f: o"), 1);
  EXPECT_EQ(get_list(v, "mixed", "f").size(), 2u);
  EXPECT_TRUE(has_key(v, "null"));
  EXPECT_FALSE(has_key(v, "none"));
}

TEST(JsonFields, AFallbackServesAMissingFieldAndNeverAWrongOne) {
  const json v = parse_json(text, "f");
  EXPECT_EQ(get_real(v, "none", "f", 2.0), 2.0);
  EXPECT_EQ(get_text(v, "none", "f", "x"), "x");
  EXPECT_FALSE(get_flag(v, "none", "f", false));
  EXPECT_EQ(get_integer(v, "none", "f", 9), 9);
  EXPECT_TRUE(get_reals(v, "none", "f", std::vector<double>{}).empty());
  expect_error(ErrorKind::file, {"f: field 't' is \"hi\"", "a number"}, [&] { get_real(v, "t", "f", 2.0); });
  expect_error(ErrorKind::file, {"f: field 'null' is null"}, [&] { get_real(v, "null", "f", 2.0); });
}

TEST(JsonFields, WrongAndMissingFieldsAreNamed) {
  const json v = parse_json(text, "f");
  const auto refused = [](const std::vector<std::string>& says, auto work) {
    expect_error(ErrorKind::file, says, work);
  };
  refused({"f: field 'none' is missing"}, [&] { get_real(v, "none", "f"); });
  refused({"'n' is -3", "true or false"}, [&] { get_flag(v, "n", "f"); });
  refused({"'r' is 0.5", "integer"}, [&] { get_integer(v, "r", "f"); });
  refused({"'big'", "64 bits"}, [&] { get_integer(v, "big", "f"); });
  refused({"'flag' is true", "a string"}, [&] { get_text(v, "flag", "f"); });
  refused({"'n' is -3", "a list of numbers"}, [&] { get_reals(v, "n", "f"); });
  refused({"'mixed[1]' is \"x\"", "a number"}, [&] { get_reals(v, "mixed", "f"); });
  refused({"'rs[1]' is 2.5", "integer"}, [&] { get_integers(v, "rs", "f"); });
  refused({"'is[0]' is 1", "a string"}, [&] { get_texts(v, "is", "f"); });
  refused({"'rs[0]' is 1", "a list of numbers"}, [&] { get_real_rows(v, "rs", "f"); });
  refused({"'rs' is [1,2.5]", "an object"}, [&] { get_object(v, "rs", "f"); });
  refused({"'o' is", "a list"}, [&] { get_list(v, "o", "f"); });
  refused({"f: a JSON object is needed, not array"}, [&] { get_real(json::array(), "k", "f"); });
}

TEST(JsonFields, UnknownKeysAreRefusedWithTheNearest) {
  const json v = parse_json(R"({"weights": 1, "meens": 2})", "f");
  expect_error(ErrorKind::file, {"f: unknown field 'meens'", "'means'", "weights"}, [&] {
    only_keys(v, {"weights", "means"}, "f");
  });
  EXPECT_NO_THROW(only_keys(v, {"weights", "meens"}, "f"));
  expect_error(ErrorKind::file, {"object is needed"}, [] { only_keys(json(3), {"a"}, "f"); });
}

TEST(JsonFields, LongValuesAreCutInErrors) {
  const json v = {{"k", std::string(1000, 'x')}};
  try {
    get_real(v, "k", "f");
    FAIL();
  } catch (const Error& error) {
    EXPECT_LT(std::string(error.what()).size(), 120u);
  }
}

}  // namespace
}  // namespace ulam::io::json_fields_test
