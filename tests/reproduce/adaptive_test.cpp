#include <gtest/gtest.h>

#include "ulam/reproduce/methods.h"

namespace ulam::adaptive_test {
namespace {

// What the method's page says was shown and what was not.
TEST(ReproduceAdaptive, FindingsAreWhatThePageSays) {
  const Reproduction out = reproduce_adaptive({});
  ASSERT_EQ(out.findings.size(), 8u);
  for (const Finding& f : out.findings)
    EXPECT_EQ(f.verdict == Verdict::shown, f.claim.find("a tolerance of") != std::string::npos)
        << f.claim << " " << f.setting << " " << f.measured.value << " " << f.why;
}

}  // namespace
}  // namespace ulam::adaptive_test
