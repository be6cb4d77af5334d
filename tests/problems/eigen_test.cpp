#include <cmath>

#include <gtest/gtest.h>

#include "ulam/base/key.h"
#include "ulam/problems/covariance.h"

namespace ulam::eigen_test {
namespace {

TEST(Eigen, VectorsAreOrthonormalAndRebuildTheMatrix) {
  const int d = 20;
  std::vector<double> m(d * d);
  for (int i = 0; i < d; ++i)
    for (int j = 0; j <= i; ++j)
      m[i * d + j] = m[j * d + i] = random_uniform({make_key(3, Stream::test), 0, 0}, i * d + j) - 0.5;
  const Eigen e = symmetric_eigen(d, m);
  for (int i = 0; i < d; ++i)
    for (int j = 0; j < d; ++j) {
      double product = 0, rebuilt = 0;
      for (int k = 0; k < d; ++k) {
        product += e.vectors[k * d + i] * e.vectors[k * d + j];
        rebuilt += e.vectors[i * d + k] * e.values[k] * e.vectors[j * d + k];
      }
      EXPECT_NEAR(product, i == j, 1e-13);
      EXPECT_NEAR(rebuilt, m[i * d + j], 1e-13);
    }
}

TEST(Eigen, TwoByTwoIsExact) {
  const Eigen e = symmetric_eigen(2, {2, 1, 1, 2});
  EXPECT_NEAR(std::min(e.values[0], e.values[1]), 1, 1e-15);
  EXPECT_NEAR(std::max(e.values[0], e.values[1]), 3, 1e-15);
}

}  // namespace
}  // namespace ulam::eigen_test
