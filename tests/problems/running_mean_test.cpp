#include "ulam/problems/running_mean.h"

#include <gtest/gtest.h>

namespace ulam::running_mean_test {
namespace {

TEST(RunningMean, RescalingSurvivesWeightsThatGrowBeyondDouble) {
  RunningMean mean(1);
  for (double l : {-1e5, 0.0, 2000.0, 2000.0}) {
    const double value = l == 2000.0 ? 3 : 100;
    mean.add(l, &value);
  }
  EXPECT_NEAR(mean.log_sum(), 2000 + std::log(2), 1e-12);
  EXPECT_NEAR(mean.finish()[0], 3, 1e-14);
}

TEST(RunningMean, ImpossibleTermsCountNothing) {
  RunningMean mean(1);
  const double value = std::nan(""), one = 1;
  mean.add(-std::numeric_limits<double>::infinity(), &value);
  mean.add(-3, &one);
  EXPECT_EQ(mean.finish()[0], 1);
}

}  // namespace
}  // namespace ulam::running_mean_test
