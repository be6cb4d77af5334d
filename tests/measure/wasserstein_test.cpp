#include "ulam/measure/wasserstein.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/base/key.h"
#include "ulam/kernels/normal.h"
#include "ulam/measure/resample.h"

namespace ulam::wasserstein_test {
namespace {

/// mean + scale * standard normals, a pure function of the id.
at::Tensor normals(std::int64_t rows, std::int64_t dimension, std::uint64_t id, double mean = 0,
                   double scale = 1) {
  at::Tensor out = at::empty({rows, dimension}, at::kDouble);
  kernels::fill_normal({make_key(11, Stream::test), id, 0}, 0,
                       std::span<double>(out.data_ptr<double>(), static_cast<std::size_t>(out.numel())));
  return out * scale + mean;
}
SampleSetPtr set_of(const at::Tensor& rows) { return in_memory(rows, "set"); }

template <typename F>
std::string sentence(const F& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(Wasserstein, OneDimensionByHand) {
  const std::vector<double> a = {3, 0, 1}, b = {1, 5, 2};  // sorted: 0 1 3 against 1 2 5
  EXPECT_DOUBLE_EQ(wasserstein_1d(a, b, 1), 4. / 3);
  EXPECT_DOUBLE_EQ(wasserstein_1d(a, b, 2), std::sqrt(6. / 3));
  // {0, 6} against {0, 3, 6}: a third of the mass travels 3, in halves.
  const std::vector<double> c = {0, 6}, d = {3, 0, 6};
  EXPECT_DOUBLE_EQ(wasserstein_1d(c, d, 1), 1);
  EXPECT_DOUBLE_EQ(wasserstein_1d(c, d, 2), std::sqrt(3.));
  EXPECT_DOUBLE_EQ(wasserstein_1d(c, d, 1), wasserstein_1d(d, c, 1));
}

// Repeating a set changes its size but not its distribution.
TEST(Wasserstein, UnequalSizesOfOneDistributionAreAtDistanceZero) {
  const std::vector<double> a = {1, 2, 3}, b = {1, 1, 2, 2, 3, 3};
  EXPECT_EQ(wasserstein_1d(a, b, 2), 0);
  const at::Tensor rows = normals(30, 4, 1);
  EXPECT_NEAR(sliced_wasserstein(*set_of(rows), *set_of(at::cat({rows, rows}))).value, 0, 1e-14);
  EXPECT_EQ(exact_wasserstein(*set_of(rows), *set_of(at::cat({rows, rows}))).value, 0);
}

// In one dimension sliced, exact and sorted transport are one number.
TEST(Wasserstein, TheThreeAgreeInOneDimension) {
  const at::Tensor a = normals(70, 1, 2), b = normals(90, 1, 3, .7, 2);
  const std::span<const double> x(a.data_ptr<double>(), 70), y(b.data_ptr<double>(), 90);
  const double w2 = wasserstein_1d(x, y, 2);
  EXPECT_NEAR(sliced_wasserstein(*set_of(a), *set_of(b)).value, w2, 1e-12);
  EXPECT_NEAR(exact_wasserstein(*set_of(a), *set_of(b)).value, w2, 1e-10);
  ExactOptions one;
  one.p = 1;
  EXPECT_NEAR(exact_wasserstein(*set_of(a), *set_of(b), one).value, wasserstein_1d(x, y, 1), 1e-10);
}

// A shift moves every optimal plan by itself: exact W is its length whatever the set.
TEST(Wasserstein, ShiftedCopiesAreAtTheLengthOfTheShift) {
  const at::Tensor a = normals(120, 3, 4);
  const at::Tensor shift = at::tensor({2., -1., 2.}, at::kDouble);
  for (const int p : {1, 2}) {
    ExactOptions options;
    options.p = p;
    const Figure f = exact_wasserstein(*set_of(a), *set_of(a + shift), options);
    EXPECT_NEAR(f.value, 3, 1e-10);
    EXPECT_EQ(f.name, p == 1 ? "w1" : "w2");
  }
}

// Sliced W2 of a shift by m in d dimensions: |m| / sqrt(d) in the mean over directions. Statistical.
TEST(Wasserstein, StatisticalSlicedDistanceOfAShift) {
  const at::Tensor a = normals(500, 8, 5);
  SlicedOptions options;
  options.directions = 2000;
  const Figure f = sliced_wasserstein(*set_of(a), *set_of(a + 1.), options);
  // <theta, 1>^2 has mean 1 and variance 2 (d - 1) / (d + 2) / ... below 2: 5 sigma over 2000 directions.
  EXPECT_NEAR(f.value, 1, 5 * std::sqrt(2. / 2000) / 2);
}

// Two Gaussians: |m|^2 / d + (s - 1)^2, with the bias of 4,000 rows below the band. Statistical.
TEST(Wasserstein, StatisticalSlicedDistanceOfTwoGaussians) {
  SlicedOptions options;
  options.directions = 400;
  const Figure f =
      sliced_wasserstein(*set_of(normals(4000, 5, 6)), *set_of(normals(4000, 5, 7, .6, 2)), options);
  EXPECT_NEAR(f.value, std::sqrt(.36 + 1), 5 * f.error + .005);
  EXPECT_GT(f.error, 0);
  EXPECT_LT(f.error, .05);
}

// The error is what 60 fresh pairs of sets scatter by. Statistical: both known to 10 % or so.
TEST(Wasserstein, StatisticalErrorsAreTheScatterOfRepeats) {
  for (const bool exact : {false, true}) {
    std::vector<double> values, errors;
    for (std::uint64_t r = 0; r < 60; ++r) {
      const auto a = set_of(normals(120, 2, 100 + 2 * r)), b = set_of(normals(100, 2, 101 + 2 * r, 1, 1.5));
      SlicedOptions options;
      options.directions = 64;
      options.seed = r;
      const Figure f = exact ? exact_wasserstein(*a, *b) : sliced_wasserstein(*a, *b, options);
      values.push_back(f.value);
      errors.push_back(f.error * f.error);
    }
    const double scatter = mean_of(values).error * std::sqrt(60.), said = std::sqrt(mean_of(errors).value);
    RecordProperty(exact ? "exact" : "sliced", std::to_string(said / scatter));
    EXPECT_GT(said / scatter, .6) << exact;
    EXPECT_LT(said / scatter, 1.6) << exact;
  }
}

// Keyed: the same seed gives the same bits; blocks and directions do not depend on one another.
TEST(Wasserstein, SlicedIsAPureFunctionOfTheSeed) {
  const auto a = set_of(normals(50, 6, 8)), b = set_of(normals(60, 6, 9));
  SlicedOptions options;
  options.seed = 4;
  const Figure f = sliced_wasserstein(*a, *b, options), again = sliced_wasserstein(*a, *b, options);
  EXPECT_EQ(f.value, again.value);
  EXPECT_EQ(f.error, again.error);
  options.seed = 5;
  EXPECT_NE(f.value, sliced_wasserstein(*a, *b, options).value);
}

TEST(Wasserstein, LargeSetsAreRefusedOrCutWhenAsked) {
  const auto a = set_of(normals(2100, 1, 10)), b = set_of(normals(40, 1, 11));
  const std::string refusal = sentence([&] { exact_wasserstein(*a, *b); });
  EXPECT_NE(refusal.find("2100 rows are too many"), std::string::npos) << refusal;
  EXPECT_NE(refusal.find("subset=2048"), std::string::npos) << refusal;
  ExactOptions options;
  options.subset = 30;
  const Figure f = exact_wasserstein(*a, *b, options);
  EXPECT_EQ(f.rows, 30);
  EXPECT_NE(f.note.find("30 rows"), std::string::npos);
}

TEST(Wasserstein, SubsetsAreIncreasingDistinctAndKeyed) {
  const auto rows = keyed_subset(1000, 100, 1);
  ASSERT_EQ(rows.size(), 100u);
  for (std::size_t i = 1; i < rows.size(); ++i) EXPECT_LT(rows[i - 1], rows[i]);
  EXPECT_GE(rows.front(), 0);
  EXPECT_LT(rows.back(), 1000);
  EXPECT_NE(rows, keyed_subset(1000, 100, 2));
  EXPECT_EQ(keyed_subset(3, 3, 9), (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_THROW(keyed_subset(3, 4, 0), Error);
}

TEST(Wasserstein, BadInputIsRefusedInOneSentence) {
  const auto a = set_of(normals(10, 2, 12)), b = set_of(normals(10, 3, 13));
  EXPECT_NE(sentence([&] { sliced_wasserstein(*a, *b); }).find("[2]"), std::string::npos);
  EXPECT_NE(sentence([&] { exact_wasserstein(*a, *b); }).find("[3]"), std::string::npos);
  SlicedOptions options;
  options.directions = 1;
  EXPECT_THROW(sliced_wasserstein(*a, *a, options), Error);
  ExactOptions exact;
  exact.p = 3;
  EXPECT_THROW(exact_wasserstein(*a, *a, exact), Error);
  EXPECT_THROW(wasserstein_1d(std::vector<double>{}, std::vector<double>{1}, 1), Error);
  EXPECT_THROW(wasserstein_1d(std::vector<double>{std::nan("")}, std::vector<double>{1}, 1), Error);
}

TEST(Wasserstein, ACancelTokenStopsTheSlices) {
  CancelToken cancel;
  cancel.cancel();
  SlicedOptions options;
  options.watch.cancel = &cancel;
  const auto a = set_of(normals(10, 2, 14));
  try {
    sliced_wasserstein(*a, *a, options);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::cancelled);
  }
}

}  // namespace
}  // namespace ulam::wasserstein_test
