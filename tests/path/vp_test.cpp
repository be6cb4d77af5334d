#include <cmath>

#include <gtest/gtest.h>

#include "ulam/path/path.h"

namespace ulam::vp_test {
namespace {

// The path of test problem TP1: every golden value of the solvers stands on it.
TEST(Vp, HalfLogSnrOfTp1) { EXPECT_NEAR(Path::vp().half_log_snr(0.5), -1.2275677344, 5e-11); }

TEST(Vp, LogAIsTheIntegralOfBeta) {
  const Path p = Path::vp(0.1, 20);
  for (double t : {0.1, 0.5, 1.0}) EXPECT_NEAR(std::log(p.at(t).a), -0.25 * t * t * 19.9 - 0.05 * t, 1e-15);
}

TEST(Vp, ConstantBetaIsAllowed) {
  const Path p = Path::vp(3, 3);
  EXPECT_NEAR(std::log(p.at(0.4).a), -0.6, 1e-15);
  EXPECT_NEAR(p.time_of_half_log_snr(p.half_log_snr(0.4)), 0.4, 1e-14);
}

}  // namespace
}  // namespace ulam::vp_test
