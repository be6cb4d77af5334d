#include "ulam/problems/clusters.h"

#include "tests/errors.h"
#include "tests/problems/cases.h"
#include <cmath>

#include <gtest/gtest.h>

#include "ulam/problems/covariance.h"

namespace ulam::clusters_test {
namespace {

using testing::expect_error;

at::Tensor samples(const std::string& spec, int count) { return rows_of(*named_problem(spec), 0, count); }

// Sizes and smoothness are what the header says, or the problem is another one than its page describes.
TEST(Clusters, PicturesHaveTheirSizeAndAreSmooth) {
  const std::string plain = "clusters:components=40,rank=1,width=1e-6";
  const at::Tensor x = samples(plain, 64);
  ASSERT_EQ(x.sizes(), (at::IntArrayRef{64, 3, 32, 32}));
  // Mean of root mean square 1/2, one direction of .3 times a normal number.
  const double square = x.pow(2).mean().item<double>();
  EXPECT_NEAR(square, 0.25 + 0.09, 5 * 0.09 * std::sqrt(2.0 / 64) + 5 * 2 * 0.15 / std::sqrt(64.0 * 20));
  const at::Tensor step = x.narrow(3, 1, 31) - x.narrow(3, 0, 31);
  EXPECT_LT(step.pow(2).mean().item<double>(), 0.05 * square);
}

TEST(Clusters, TheWhitePartHasItsWidth) {
  const at::Tensor narrow = samples("clusters:width=1e-6", 8), wide = samples("clusters:width=0.2", 8);
  const double variance = (wide - narrow).pow(2).mean().item<double>();
  EXPECT_NEAR(variance, 0.04, 5 * 0.04 * std::sqrt(2.0 / (8 * 3072)));
}

// The problem is data: another seed is another problem, the same one the same bits.
TEST(Clusters, SeedMakesTheProblem) {
  const at::Tensor a = samples("clusters:side=4", 4);
  EXPECT_TRUE(at::equal(a, samples("clusters:side=4", 4)));
  EXPECT_FALSE(at::equal(a, samples("clusters:side=4,seed=1", 4)));
}

TEST(Clusters, ImpossibleSizesAreASentence) {
  expect_error(ErrorKind::option, {"clusters: width = 0 is not above 0"}, [] {
    ClusterSettings s;
    s.width = 0;
    make_clusters(s);
  });
  expect_error(ErrorKind::option, {"all must be above 0"}, [] {
    ClusterSettings s;
    s.rank = 0;
    make_clusters(s);
  });
  expect_error(ErrorKind::unsupported, {"more than 2 GB"},
               [] { named_problem("clusters:components=10000,side=1024"); });
}

}  // namespace
}  // namespace ulam::clusters_test
