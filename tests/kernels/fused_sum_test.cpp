#include "ulam/kernels/fused_sum.h"

#include <array>
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

TEST(StreamCopy, CopiesRaggedRangesAndNothingElse) {
  std::vector<float> from(100);
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<float>(i) + 0.5f;
  for (std::size_t begin = 0; begin < 6; ++begin)
    for (std::size_t n = 0; n < 20; ++n) {
      std::vector<float> to(40, -1);
      stream_copy(from.data(), static_cast<std::int64_t>(n), to.data() + begin);
      for (std::size_t i = 0; i < to.size(); ++i)
        ASSERT_EQ(to[i], i >= begin && i < begin + n ? from[i - begin] : -1);
    }
}
