#include "ulam/problems/points_kernel.h"

#include <vector>

#include <gtest/gtest.h>

#include "ulam/base/key.h"

namespace ulam::points_kernel_test {
namespace {

TEST(PointsKernel, DistancesAreThePlainSumsWithTheSameBitsInAnyTile) {
  const int padded = 40, points = 5, rows = 3;
  const RowKey key{make_key(1, Stream::test), 0, 0};
  std::vector<double> x(rows * padded), p(points * padded), out(rows * points), alone(points);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = random_uniform(key, i) - 0.5;
  for (std::size_t i = 0; i < p.size(); ++i) p[i] = random_uniform(key, 1000 + i) - 0.5;
  const double* pointers[rows] = {x.data(), x.data() + padded, x.data() + 2 * padded};
  const double a[rows] = {1, 0.5, 0};
  squared_distances(pointers, a, rows, p.data(), points, padded, out.data());
  for (int r = 0; r < rows; ++r) {
    squared_distances(pointers + r, a + r, 1, p.data(), points, padded, alone.data());
    for (int j = 0; j < points; ++j) {
      double sum = 0;
      for (int i = 0; i < padded; ++i) {
        const double gap = x[r * padded + i] - a[r] * p[j * padded + i];
        sum += gap * gap;
      }
      EXPECT_NEAR(out[r * points + j], sum, 1e-14);
      EXPECT_EQ(out[r * points + j], alone[j]);
    }
  }
}

TEST(PointsKernel, AddScaledAdds) {
  std::vector<double> p(24), sum(24, 1.0);
  for (int i = 0; i < 24; ++i) p[i] = i;
  add_scaled(0.5, p.data(), 24, sum.data());
  for (int i = 0; i < 24; ++i) EXPECT_EQ(sum[i], 1 + 0.5 * i);
}

}  // namespace
}  // namespace ulam::points_kernel_test
