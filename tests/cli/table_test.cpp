#include "ulam/cli/table.h"

#include <gtest/gtest.h>

namespace ulam::cli::table_test {
namespace {

const Rows rows = {{"name", "cost"}, {"ddim", "N"}, {"a|b", "2N - 1"}};

TEST(Table, ColumnsLineUp) { EXPECT_EQ(plain_table(rows), "name  cost\nddim  N\na|b   2N - 1\n"); }

TEST(Table, MarkdownEscapesBars) {
  EXPECT_EQ(markdown_table(rows), "| name | cost |\n| --- | --- |\n| ddim | N |\n| a\\|b | 2N - 1 |\n");
}

}  // namespace
}  // namespace ulam::cli::table_test
