#include "ulam/kernels/fused_sum.h"

#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

using namespace ulam::kernels;

// Products and sums are rounded one by one: a fused multiply-add would give 2^-46 here instead of 0.
TEST(WeightedSum, DoesNotFuseMultiplyAndAdd) {
  const float a = 1 + 0x1p-23f;
  const std::vector<float> x(37, -(a * a)), y(37, a);
  const std::array<const float*, 2> in{x.data(), y.data()};
  const std::array<float, 2> w{1, a};
  for (const Isa isa : usable_isas()) {
    std::vector<float> out(37, 9);
    weighted_sum<float>(2, isa)(in.data(), w.data(), 37, out.data());
    EXPECT_EQ(out, std::vector<float>(37, 0)) << name(isa);
  }
}

// Sums go from the first term to the last; another order would give 0 or 2 for these.
TEST(WeightedSum, AddsInOrder) {
  const std::vector<std::vector<double>> x{{1}, {0x1p60}, {-0x1p60}, {1}};
  std::array<const double*, 4> in{};
  for (std::size_t i = 0; i < 4; ++i) in[i] = x[i].data();
  const std::array<double, 4> w{1, 1, 1, 1};
  for (const Isa isa : usable_isas()) {
    double out = 7;
    weighted_sum<double>(4, isa)(in.data(), w.data(), 1, &out);
    EXPECT_EQ(out, 1) << name(isa);
  }
}

// A term left out must change nothing: neither its NaN nor the sign of a zero may show; each array counts
// once a sum.
TEST(PairSum, LeavesTermsOutWithoutATrace) {
  const std::vector<float> nan(19, std::numeric_limits<float>::quiet_NaN()), minus_zero(19, -0.0f),
      two(19, 2);
  PairTerms<float> terms{
      {nan.data(), minus_zero.data(), two.data()}, {{1, 1, 3}, {1, 1, 3}}, {{0, ~0u, 0}, {0, ~0u, ~0u}}};
  for (const Isa isa : usable_isas()) {
    std::vector<float> first(19, 9), second(19, 9);
    pair_sum<float>(3, false, isa)(terms, 19, first.data(), second.data());
    for (const float x : first) ASSERT_TRUE(x == 0 && std::signbit(x)) << name(isa);
    EXPECT_EQ(second, std::vector<float>(19, 6)) << name(isa);
  }
}

// Dense and masked forms must agree, down to the sign of zero.
TEST(PairSum, DenseFormHasTheBitsOfTheMasked) {
  const std::vector<double> a{1, -0.0, 0.3, -4, 5}, b{2, -0.0, 0.1, 4, 1e300};
  PairTerms<double> terms{{a.data(), b.data()}, {{0.1, 0.7}, {1, 1}}, {{~0ull, ~0ull}, {~0ull, ~0ull}}};
  for (const Isa isa : usable_isas()) {
    std::vector<double> x(5), y(5), u(5), v(5);
    pair_sum<double>(2, false, isa)(terms, 5, x.data(), y.data());
    pair_sum<double>(2, true, isa)(terms, 5, u.data(), v.data());
    EXPECT_EQ(std::memcmp(x.data(), u.data(), 40), 0);
    EXPECT_EQ(std::memcmp(y.data(), v.data(), 40), 0);
    EXPECT_TRUE(std::signbit(u[1]));
  }
}
