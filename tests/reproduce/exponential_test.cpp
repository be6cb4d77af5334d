#include <gtest/gtest.h>

#include "ulam/reproduce/methods.h"

namespace ulam::exponential_test {
namespace {

// Identities leave rounding, not zero everywhere: a method compared with itself would show nothing.
TEST(Exponential, TheNoiseFormIsAnotherComputationThanDdim) {
  const Finding f = reproduce_exp({}).findings.at(0);
  EXPECT_GT(f.measured.value, 0);
  EXPECT_LT(f.measured.value, 1e-12);
}

}  // namespace
}  // namespace ulam::exponential_test
