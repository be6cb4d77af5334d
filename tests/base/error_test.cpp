#include "ulam/base/error.h"

#include <gtest/gtest.h>

namespace ulam::error_test {
namespace {

TEST(Error, FailPutsThePlaceBeforeTheSentenceAndKeepsTheKind) {
  try {
    fail(ErrorKind::shape, "--noise", "{} rows, expected {}", 3, 4);
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::shape);
    EXPECT_STREQ(e.what(), "--noise: 3 rows, expected 4");
  }
}

}  // namespace
}  // namespace ulam::error_test
