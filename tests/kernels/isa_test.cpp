#include "ulam/kernels/isa.h"

#include <gtest/gtest.h>

using namespace ulam::kernels;

// The tests that sweep instruction sets would sweep nothing, or crash, if this list were wrong.
TEST(Isa, UsableOnesBeginWithPlainAndEndWithTheBest) {
  ASSERT_FALSE(usable_isas().empty());
  EXPECT_EQ(usable_isas().front(), Isa::plain);
  EXPECT_EQ(usable_isas().back(), best_isa());
  EXPECT_EQ(name(Isa::avx512), "avx512");
}
