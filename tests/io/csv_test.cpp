// Tables that people have: separators, headings, dates, quotes, gaps, line ends; and what is refused, line by
// line.
#include "ulam/io/csv.h"

#include "tests/errors.h"
#include <cmath>

#include <gtest/gtest.h>

namespace ulam::io::csv_test {
namespace {

using ulam::testing::expect_error;

TEST(Csv, HeadingDatesAndWindowsLineEnds) {
  const CsvTable t = parse_csv(
      "\xef\xbb\xbf"
      "date,a,b\r\n2016-07-01 00:00:00,1.5,-2\r\n2016-07-01 01:00:00,+2e1,.5\r\n",
      "f");
  EXPECT_TRUE(t.heading);
  EXPECT_EQ(t.index_name, "date");
  EXPECT_EQ(t.index, (std::vector<std::string>{"2016-07-01 00:00:00", "2016-07-01 01:00:00"}));
  EXPECT_EQ(t.names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(t.columns, (std::vector<std::vector<double>>{{1.5, 20}, {-2, .5}}));
}

TEST(Csv, WithoutAHeadingColumnsAreNumbered) {
  const CsvTable t = parse_csv("1;2\n3;4", "f");
  EXPECT_FALSE(t.heading);
  EXPECT_EQ(t.names, (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(t.columns, (std::vector<std::vector<double>>{{1, 3}, {2, 4}}));
  const CsvTable dated = parse_csv("monday,1\ntuesday,2\n", "f");
  EXPECT_FALSE(dated.heading);
  EXPECT_EQ(dated.index.size(), 2u);
  EXPECT_EQ(dated.columns, (std::vector<std::vector<double>>{{1, 2}}));
}

TEST(Csv, OneColumnWithAndWithoutAHeading) {
  EXPECT_EQ(parse_csv("load\n1\n2\n", "f").columns.front(), (std::vector<double>{1, 2}));
  EXPECT_EQ(parse_csv("1\n2\n\n\n", "f").columns.front(), (std::vector<double>{1, 2}));
}

TEST(Csv, MissingValuesAreNaN) {
  const CsvTable t = parse_csv("a,b,c,d,e,f\n,NA,nan,NULL,?, - \n1,2,3,4,5,6\n", "f");
  for (const auto& column : t.columns) {
    EXPECT_TRUE(std::isnan(column[0]));
    EXPECT_FALSE(std::isnan(column[1]));
  }
}

TEST(Csv, QuotedCellsMayHoldSeparatorsAndQuotes) {
  const CsvTable t = parse_csv("\"a, \"\"b\"\"\",c\n\"1\", 2\n", "f");
  EXPECT_EQ(t.names, (std::vector<std::string>{"a, \"b\"", "c"}));
  EXPECT_EQ(t.columns, (std::vector<std::vector<double>>{{1}, {2}}));
}

// A rule a row: nothing of a broken table is guessed.
TEST(Csv, BrokenTablesAreRefusedWithThePlace) {
  const std::pair<const char*, std::vector<std::string>> table[] = {
      {"", {"empty"}},
      {"\n\n", {"empty"}},
      {"a,b\n", {"heading and no rows"}},
      {"1,2\n3\n", {"line 2", "1 cells", "have 2"}},
      {"1,2\n3,4,5\n", {"line 2", "3 cells"}},
      {"a,b\n1,x\n", {"line 2, column 'b'", "'x' is no number"}},
      {"a,b\n1,2\noops,3\n", {"line 3, column 'a'", "'oops'"}},
      {"1\ninf\n", {"line 2", "'inf'"}},
      {"1\n1e999\n", {"line 2", "1e999"}},
      {"1\n\n2\n", {"line 2 is blank", "NA"}},
      {"1,\"2\n3,4\n", {"quote is not closed"}},
      {"\"1\"x,2\n", {"follows a closing quote"}},
      {"1,5\n\"1,5\",2\n", {"line 2", "'1,5' is no number"}}};
  for (const auto& [text, says] : table) {
    std::vector<std::string> parts = says;
    parts.push_back("file.csv");
    expect_error(ErrorKind::file, parts, [&, t = text] { parse_csv(t, "file.csv"); });
  }
  expect_error(ErrorKind::file, {"NUL"}, [] { parse_csv(std::string_view("1,\0", 3), "file.csv"); });
}

TEST(Csv, WhatIsWrittenIsReadBack) {
  CsvTable t;
  t.names = {"a,b", "c \"q\""};
  t.columns = {{.1, std::nan("")}, {1e-300, -5}};
  t.index_name = "when";
  t.index = {"x", "y;z"};
  t.heading = true;
  const CsvTable back = parse_csv(csv_text(t), "f");
  EXPECT_EQ(back.names, t.names);
  EXPECT_EQ(back.index, t.index);
  EXPECT_EQ(back.columns[1], t.columns[1]);
  EXPECT_EQ(back.columns[0][0], .1);
  EXPECT_TRUE(std::isnan(back.columns[0][1]));
}

}  // namespace
}  // namespace ulam::io::csv_test
