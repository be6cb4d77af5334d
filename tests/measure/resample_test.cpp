#include "ulam/measure/resample.h"

#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/base/key.h"

namespace ulam::resample_test {
namespace {

TEST(Resample, CountsSumToTheUnitsAndRepeat) {
  const auto counts = bootstrap_counts(1000, 3, 7);
  EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), 0.), 1000);
  EXPECT_EQ(counts, bootstrap_counts(1000, 3, 7));
  EXPECT_NE(counts, bootstrap_counts(1000, 3, 8));
  EXPECT_NE(counts, bootstrap_counts(1000, 4, 7));
}

// The bootstrap error of a mean is sigma / sqrt(n). Statistical: 400 replicates know a deviation to 3.5 %; 5
// sigma.
TEST(Resample, StatisticalErrorOfAMeanIsTheClosedForm) {
  std::vector<double> values(500);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = random_uniform({make_key(1, Stream::test), i, 0}, 0);
  const double error = bootstrap_error(500, 400, 1, [&](std::span<const double> counts) {
    return std::inner_product(counts.begin(), counts.end(), values.begin(), 0.) / 500;
  });
  EXPECT_NEAR(error / mean_of(values).error, 1, 5 * .0354);
}

TEST(Resample, MeanAndErrorOfFourNumbers) {
  const Mean m = mean_of(std::vector<double>{1, 2, 3, 4});
  EXPECT_DOUBLE_EQ(m.value, 2.5);
  EXPECT_DOUBLE_EQ(m.error, std::sqrt(5. / 3 / 4));
}

TEST(Resample, TooFewIsRefused) {
  EXPECT_THROW(mean_of(std::vector<double>{1}), Error);
  EXPECT_THROW(bootstrap_error(5, 1, 0, [](std::span<const double>) { return 0.; }), Error);
  EXPECT_THROW(bootstrap_counts(0, 0, 0), Error);
}

}  // namespace
}  // namespace ulam::resample_test
