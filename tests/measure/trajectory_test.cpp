#include "ulam/measure/trajectory.h"

#include "tests/errors.h"
#include <cmath>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/base/key.h"
#include "ulam/kernels/normal.h"
#include "ulam/measure/resample.h"

namespace ulam::trajectory_test {
namespace {

at::Tensor normals(std::int64_t rows, std::int64_t dimension, std::uint64_t id) {
  at::Tensor out = at::empty({rows, dimension}, at::kDouble);
  kernels::fill_normal({make_key(12, Stream::test), id, 0}, 0,
                       std::span<double>(out.data_ptr<double>(), static_cast<std::size_t>(out.numel())));
  return out;
}

TEST(Trajectory, ByHand) {
  // Rows differ by (3, 4) and by nothing: mean square 12.5 and 0 a row.
  const auto a = in_memory(at::tensor({3., 4., 1., 1.}).reshape({2, 2}), "a");
  const auto b = in_memory(at::tensor({0., 0., 1., 1.}).reshape({2, 2}), "b");
  const Figure f = trajectory_error(*a, *b);
  EXPECT_DOUBLE_EQ(f.value, std::sqrt(6.25));
  EXPECT_DOUBLE_EQ(f.error, 6.25 / (2 * 2.5));
  EXPECT_EQ(f.rows, 2);
  const Figure zero = trajectory_error(*a, *a);
  EXPECT_EQ(zero.value, 0);
  EXPECT_EQ(zero.error, 0);
}

// Ids pair rows wherever they stand, and the reference may hold more.
TEST(Trajectory, RowsPairById) {
  const at::Tensor x = normals(6, 3, 1);
  const std::vector<std::int64_t> order = {4, 0, 5}, ids = {14, 10, 15}, all = {10, 11, 12, 13, 14, 15};
  const auto some = in_memory(x.index_select(0, at::tensor(order, at::kLong)), "some");
  const auto reference = in_memory(x, "reference");
  EXPECT_EQ(trajectory_error(*some, *reference, ids, all).value, 0);
  EXPECT_GT(trajectory_error(*some, *slice(reference, 0, 3)).value, 0);
}

// 200 fresh sets scatter by what one of them says. Statistical: the scatter is known to 5 %.
TEST(Trajectory, StatisticalErrorIsTheScatterOfRepeats) {
  std::vector<double> values, errors;
  for (std::uint64_t r = 0; r < 200; ++r) {
    const auto a = in_memory(normals(60, 2, 2 + r), "a"), b = in_memory(at::zeros({60, 2}, at::kDouble), "b");
    const Figure f = trajectory_error(*a, *b);
    values.push_back(f.value);
    errors.push_back(f.error);
  }
  const double scatter = mean_of(values).error * std::sqrt(200.);
  EXPECT_NEAR(mean_of(errors).value / scatter, 1, 5 * .05 + .02);
}

TEST(Trajectory, BadIdsAndShapesAreRefused) {
  const auto a = in_memory(normals(3, 2, 1), "a"), b = in_memory(normals(4, 2, 1), "b");
  const std::vector<std::int64_t> three = {0, 1, 9}, four = {0, 1, 2, 3}, twice = {0, 1, 2, 2};
  using testing::error_text;
  EXPECT_NE(error_text([&] { trajectory_error(*a, *b); }).find("by position"), std::string::npos);
  EXPECT_NE(error_text([&] { trajectory_error(*a, *b, three, four); }).find("sample 9"), std::string::npos);
  EXPECT_NE(error_text([&] { trajectory_error(*a, *b, three, twice); }).find("stands twice"),
            std::string::npos);
  EXPECT_NE(error_text([&] { trajectory_error(*a, *b, three, three); }).find("ids"), std::string::npos);
  EXPECT_THROW(trajectory_error(*a, *in_memory(normals(3, 5, 1), "c")), Error);
}

}  // namespace
}  // namespace ulam::trajectory_test
