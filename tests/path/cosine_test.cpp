#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "ulam/path/path.h"

namespace ulam::cosine_test {
namespace {

TEST(Cosine, IsTheQuotientOfCosines) {
  const double o = 0.008;
  const Path p = Path::cosine(o);
  for (double t : {0.01, 0.3, 0.9}) {
    const double f = std::cos(0.5 * std::numbers::pi * (t + o) / (1 + o)),
                 f0 = std::cos(0.5 * std::numbers::pi * o / (1 + o));
    EXPECT_NEAR(p.at(t).a, f / f0, 1e-15);
    EXPECT_NEAR(p.at(t).s, std::sqrt(1 - f * f / (f0 * f0)), 1e-13);
  }
}

TEST(Cosine, EndsAreExact) {
  const Path p = Path::cosine(0.008, 0, 1);
  EXPECT_EQ(p.at(1).a, 0);
  EXPECT_EQ(p.at(1).s, 1);
  EXPECT_EQ(p.at(0).a, 1);
  EXPECT_EQ(p.at(0).s, 0);
}

// Without an offset the noise starts linearly: s' is finite at the data end, so the flow head is defined
// there.
TEST(Cosine, WithoutOffsetTheNoiseRateIsFiniteAtTheData) {
  const Path p = Path::cosine(0, 0, 1);
  EXPECT_NEAR(p.at(0).ds, 0.5 * std::numbers::pi, 1e-15);
  EXPECT_NEAR(p.at(1e-9).ds, 0.5 * std::numbers::pi, 1e-12);
}

}  // namespace
}  // namespace ulam::cosine_test
