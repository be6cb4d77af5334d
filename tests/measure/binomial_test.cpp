#include "ulam/measure/binomial.h"

#include <cmath>

#include <gtest/gtest.h>

#include "ulam/base/error.h"

namespace ulam::binomial_test {
namespace {

TEST(Binomial, ManyRowsGiveTheUsualError) {
  EXPECT_NEAR(binomial_error(8940, 10000), std::sqrt(.894 * .106 / 10000), 1e-6);
}

// An error of 0 for 20 of 20 would claim certainty.
TEST(Binomial, AllOrNoneIsNotCertain) {
  EXPECT_GT(binomial_error(20, 20), .02);
  EXPECT_DOUBLE_EQ(binomial_error(20, 20), binomial_error(0, 20));
  EXPECT_DOUBLE_EQ(binomial_error(0, 0), std::sqrt(1. / 8));  // Beta(1/2, 1/2)
}

TEST(Binomial, ImpossibleCountsAreRefused) {
  EXPECT_THROW(binomial_error(3, 2), Error);
  EXPECT_THROW(binomial_error(-1, 2), Error);
}

}  // namespace
}  // namespace ulam::binomial_test
