#include <gtest/gtest.h>

#include "ulam/reproduce/methods.h"

namespace ulam::teleport_test {
namespace {

// A jump that misses (statistics of the noise, the grid restarted, the perpendicular part as 0) shows none of
// these; skipping 8 of 18 steps of Heun leaves 19 of 35 evaluations.
TEST(ReproduceTeleport, TheClaimsAreShownAtTheSavedCost) {
  const Reproduction r = reproduce_teleport({});
  ASSERT_EQ(r.findings.size(), 4u);
  EXPECT_EQ(r.verdict(), Verdict::shown);
  EXPECT_EQ(r.findings[2].baseline_evaluations, 35);
  EXPECT_EQ(r.findings[2].evaluations, 19);
  EXPECT_EQ(r.findings[3].baseline_evaluations, 19);
}

}  // namespace
}  // namespace ulam::teleport_test
