#include "ulam/measure/pairwise.h"

#include "tests/measure/distribution_support.h"

namespace ulam::pairwise_test {
namespace {
using namespace test;

TEST(Pairwise, DistancesAreThoseOfDifferences) {
  const at::Tensor x = normals(7, 5, 1), y = normals(9, 5, 2);
  const at::Tensor expected = (x.unsqueeze(1) - y.unsqueeze(0)).square().sum(2);
  EXPECT_LT((squared_distances(x, y) - expected).abs().max().item<double>(), 1e-13);
}

// Rounding must not push copies apart, nor make a square negative.
TEST(Pairwise, CopiesAreAtDistanceZeroHoweverFarOut) {
  const at::Tensor x = normals(50, 33, 1) + 1e4, d = squared_distances(x, x.clone());
  EXPECT_EQ(d.diagonal().abs().max().item<double>(), 0);
  EXPECT_GE(d.min().item<double>(), 0);
  EXPECT_EQ(d.eq(0).sum().item<std::int64_t>(), 50);
}

TEST(Pairwise, BlocksStayBelowTheirBound) {
  for (const std::int64_t d : {1, 100, 10000, 100000}) {
    const std::int64_t rows = pair_block_rows(d);
    EXPECT_GE(rows, 16);
    EXPECT_LE(rows, 1024);
    EXPECT_LE(rows * d, std::max<std::int64_t>(1 << 22, 16 * d));
  }
}

TEST(Pairwise, OtherShapesAreRefused) {
  expect_error(ErrorKind::shape, {"[2, 3]", "[2, 4]"},
               [] { squared_distances(normals(2, 3, 1), normals(2, 4, 1)); });
  expect_error(ErrorKind::shape, {"doubles"}, [] {
    squared_distances(at::zeros({2, 3}), at::zeros({2, 3}));
  });
}

}  // namespace
}  // namespace ulam::pairwise_test
