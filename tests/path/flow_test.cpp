#include <gtest/gtest.h>

#include "ulam/path/path.h"

namespace ulam::flow_test {
namespace {

// The solvers' last step divides by nothing only if the ends are exact zeros and ones, for any shift.
TEST(Flow, BothEndsAreExactForAnyShift) {
  for (double shift : {0.3, 1.0, 3.0, 7.1}) {
    const Path p = Path::flow(shift);
    EXPECT_EQ(p.at(0).a, 1);
    EXPECT_EQ(p.at(0).s, 0);
    EXPECT_EQ(p.at(1).a, 0);
    EXPECT_EQ(p.at(1).s, 1);
  }
}

TEST(Flow, ShiftMovesTimeAndNothingElse) {
  const Path straight = Path::flow(), shifted = Path::flow(3);
  for (double t : {0.1, 0.5, 0.9}) {
    const double u = 3 * t / (1 + 2 * t);
    EXPECT_NEAR(shifted.at(t).a, straight.at(u).a, 1e-15);
    EXPECT_NEAR(shifted.at(t).s, straight.at(u).s, 1e-15);
  }
}

}  // namespace
}  // namespace ulam::flow_test
