#include "ulam/cli/id_list.h"

#include <gtest/gtest.h>

#include "ulam/base/error.h"

namespace ulam::cli::id_list_test {
namespace {

TEST(IdList, ReadsNumbersAndRangesInOrder) {
  EXPECT_EQ(parse_ids("7", "--ids"), (std::vector<std::uint64_t>{7}));
  EXPECT_EQ(parse_ids("5,1-3", "--ids"), (std::vector<std::uint64_t>{5, 1, 2, 3}));
  EXPECT_EQ(parse_ids("18446744073709551615", "--ids"), (std::vector<std::uint64_t>{~std::uint64_t{0}}));
  EXPECT_EQ(parse_ids("18446744073709551614-18446744073709551615", "--ids").size(), 2u);
}

TEST(IdList, TextRoundTrips) {
  for (const char* text : {"7", "0-63", "1,5,10-12", "3,2,1", "0-1,3-4"})
    EXPECT_EQ(ids_text(parse_ids(text, "--ids")), text);
}

TEST(IdList, RefusesWhatIsNoListOfIds) {
  for (const char* text : {"", "x", "1,", "-1", "1-", "3-2", "1,1", "0-3,2", "1.5", "0-18446744073709551615",
                           "0-10000000", "18446744073709551616"})
    EXPECT_THROW(parse_ids(text, "--ids"), Error) << text;
}

}  // namespace
}  // namespace ulam::cli::id_list_test
