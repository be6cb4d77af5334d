// The errors and biases that docs/measures.md states, by many repeats.
#include <cmath>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ulam/base/key.h"
#include "ulam/kernels/normal.h"
#include "ulam/measure/resample.h"
#include "ulam/measure/wasserstein.h"

namespace ulam::wasserstein_long {
namespace {

SampleSetPtr normals(std::int64_t rows, std::int64_t dimension, std::uint64_t id, double mean) {
  at::Tensor out = at::empty({rows, dimension}, at::kDouble);
  kernels::fill_normal({make_key(21, Stream::test), id, 0}, 0,
                       std::span<double>(out.data_ptr<double>(), static_cast<std::size_t>(out.numel())));
  return in_memory(out + mean, "set");
}

struct Repeats {
  double mean, scatter, said;
};
Repeats repeats(bool exact, std::int64_t rows, std::int64_t dimension, double mean, int count) {
  std::vector<double> values, squares;
  for (int r = 0; r < count; ++r) {
    const auto id = static_cast<std::uint64_t>(2 * r);
    const auto a = normals(rows, dimension, id, 0), b = normals(rows, dimension, id + 1, mean);
    SlicedOptions options;
    options.directions = 64;
    options.seed = id;
    const Figure f = exact ? exact_wasserstein(*a, *b) : sliced_wasserstein(*a, *b, options);
    values.push_back(f.value);
    squares.push_back(f.error * f.error);
  }
  return {mean_of(values).value, mean_of(values).error * std::sqrt(count), std::sqrt(mean_of(squares).value)};
}

// Apart: the said error is the scatter of fresh sets, in few and in many dimensions. 150 repeats know a
// scatter to 6 %.
TEST(WassersteinLong, StatisticalErrorsAreRightWhereTheSetsDiffer) {
  for (const bool exact : {false, true})
    for (const std::int64_t dimension : {1, 2, 16}) {
      const Repeats r = repeats(exact, 200, dimension, 1, 150);
      RecordProperty((exact ? "w2_" : "sliced_") + std::to_string(dimension),
                     std::to_string(r.said / r.scatter));
      EXPECT_GT(r.said / r.scatter, .7) << exact << " " << dimension;
      EXPECT_LT(r.said / r.scatter, 1.5) << exact << " " << dimension;
    }
}

// Equal distributions: there is no first-order term, so that the error is on the safe side.
TEST(WassersteinLong, StatisticalErrorsAreNotTooSmallWhereTheSetsAgree) {
  for (const bool exact : {false, true})
    for (const std::int64_t dimension : {1, 2, 16}) {
      const Repeats r = repeats(exact, 200, dimension, 0, 150);
      RecordProperty((exact ? "w2_" : "sliced_") + std::to_string(dimension),
                     std::to_string(r.said / r.scatter));
      EXPECT_GT(r.said / r.scatter, .8) << exact << " " << dimension;
    }
}

// The floor of two equal sets falls as n^(-1/2) sliced, and as n^(-1/d) exact (d = 4 here): factors 4 and 2
// for 16 times the rows.
TEST(WassersteinLong, StatisticalFloorsFallAsTheDocsSay) {
  const double sliced = repeats(false, 100, 4, 0, 40).mean / repeats(false, 1600, 4, 0, 20).mean;
  EXPECT_NEAR(sliced, 4, .8);
  const double exact = repeats(true, 100, 4, 0, 40).mean / repeats(true, 1600, 4, 0, 4).mean;
  EXPECT_NEAR(exact, 2, .4);
}

}  // namespace
}  // namespace ulam::wasserstein_long
