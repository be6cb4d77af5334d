#include "ulam/kernels/normal_math.h"

#include <cmath>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

using namespace ulam::kernels;

namespace {
// Words at the ends, around every power of two and around the seam of the two branches, then a sweep.
std::vector<std::uint32_t> words() {
  std::vector<std::uint32_t> out;
  for (int i = 0; i < 32; ++i)
    for (int d = -3; d <= 3; ++d) out.push_back((1u << i) + static_cast<std::uint32_t>(d));
  for (int d = -100; d <= 100; ++d) out.push_back(0xB504F333u + static_cast<std::uint32_t>(d));
  for (std::uint32_t d = 0; d < 1000; ++d) out.push_back(0xFFFFFFFFu - d);
  for (std::uint64_t w = 0; w < (1ull << 32); w += 4093) out.push_back(static_cast<std::uint32_t>(w));
  return out;
}
}  // namespace

// Small radii matter as much as the tail: the logarithm near 1 must keep its relative accuracy.
TEST(NormalMath, RadiusIsAccurateFromTheCentreToTheTail) {
  for (const std::uint32_t w : words()) {
    const double expected = std::sqrt(-2 * std::log1p(-(4294967295.0 - w) * 0x1p-32));
    ASSERT_NEAR(std::sqrt(static_cast<double>(squared_radius(w))), expected, 2e-7 * expected) << w;
  }
  EXPECT_NEAR(std::sqrt(squared_radius(0)), 6.6604, 1e-4);
  EXPECT_EQ(squared_radius(0xFFFFFFFFu), 0);
}

TEST(NormalMath, DirectionIsAccurateInEveryOctant) {
  for (const std::uint32_t w : words()) {
    const double angle = 2 * std::numbers::pi * w * 0x1p-32;
    const Direction d = direction(w);
    ASSERT_NEAR(d.cosine, std::cos(angle), 1.2e-7) << w;
    ASSERT_NEAR(d.sine, std::sin(angle), 1.2e-7) << w;
  }
}
