#include "ulam/io/python_json.h"

#include "tests/io/support.h"

namespace ulam::io::python_json_test {
namespace {
using test::expect_error;
using test::TempFolder;

TEST(PythonJson, ReadsTheThreeWordsAsNullAndNothingElse) {
  EXPECT_EQ(parse_python_json(R"({"a": -Infinity, "b": [NaN,Infinity], "c": NaN})", "x"),
            (json{{"a", nullptr}, {"b", {nullptr, nullptr}}, {"c", nullptr}}));
  const char* strict = R"({"NaN": "-Infinity \" NaN", "x\\": [1e-5, true, null, -3]})";
  EXPECT_EQ(parse_python_json(strict, "x"), parse_json(strict, "x"));
  EXPECT_TRUE(parse_python_json("NaN", "x").is_null());
}

TEST(PythonJson, WhatIsNotPythonsIsRefusedAtItsPlace) {
  for (const char* bad : {"[--Infinity]", "[+Infinity]", "[nan]", "[NaNs]", "[InfinityNaN]", "[Infinity.0]",
                          "[1 NaN]", "{NaN: 1}", "[\"NaN]", "\"\\", ""})
    expect_error(ErrorKind::file, {"x:"}, [&] { parse_python_json(bad, "x"); });
  // Infinity keeps its width.
  expect_error(ErrorKind::file, {"x:1:12"}, [] { parse_python_json("[Infinity, }]", "x"); });
  expect_error(ErrorKind::file, {"x"}, [] { parse_python_json("[1, 2, 3]", "x", 4); });
}

TEST(PythonJson, ReadsFiles) {
  const TempFolder folder;
  write_file_atomic(folder / "a", "[NaN, 1]");
  EXPECT_EQ(read_python_json(folder / "a"), (json{nullptr, 1}));
  expect_error(ErrorKind::system, {folder / "no"}, [&] { read_python_json(folder / "no"); });
  expect_error(ErrorKind::file, {folder / "a"}, [&] { read_python_json(folder / "a", 3); });
}

}  // namespace
}  // namespace ulam::io::python_json_test
