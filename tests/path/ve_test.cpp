#include <cmath>

#include <gtest/gtest.h>

#include "ulam/path/path.h"

namespace ulam::ve_test {
namespace {

TEST(Ve, NoiseIsGeometricBetweenExactEnds) {
  const Path p = Path::ve(0.01, 50);
  EXPECT_EQ(p.at(0).s, 0.01);
  EXPECT_EQ(p.at(1).s, 50);
  EXPECT_NEAR(p.at(0.5).s, std::sqrt(0.01 * 50), 1e-15);
  EXPECT_NEAR(p.at(0.25).ds / p.at(0.25).s, std::log(5000), 1e-13);
}

TEST(Ve, HasNoCleanTime) { EXPECT_TRUE(std::isnan(Path::ve().t_clean())); }

}  // namespace
}  // namespace ulam::ve_test
