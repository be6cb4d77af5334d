#include <cmath>

#include <gtest/gtest.h>

#include "ulam/kernels/fused.h"
#include "ulam/kernels/normal.h"

using namespace ulam;
using namespace ulam::kernels;

// The reference itself against the formula written out by hand, noise and per-row weights included.
TEST(FusedReference, IsTheFormula) {
  const std::vector<double> x{1, 2, 3, 4}, y{5, 6, 7, 8};
  std::vector<double> z(4);
  const std::vector<const double*> in{x.data(), y.data()};
  const std::vector<double*> out{z.data()};
  const std::vector<double> weights{2, 3, -1, 0.5}, scale{0, 0.25};
  const std::vector<RowKey> keys{{make_key(1, Stream::test), 3, 0}, {make_key(1, Stream::test), 4, 0}};
  fused_step_reference<double>({in, out, weights, true, scale, keys, 2, 2});
  EXPECT_EQ(z[0], 2 * 1 + 3 * 5.0);
  EXPECT_EQ(z[1], 2 * 2 + 3 * 6.0);
  EXPECT_EQ(z[2], -3 + 3.5 + 0.25 * static_cast<double>(normal_reference(keys[1], 0)));
  EXPECT_EQ(z[3], -4 + 4 + 0.25 * static_cast<double>(normal_reference(keys[1], 1)));
}
