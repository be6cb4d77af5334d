#pragma once
// What the tests of distances between sets share: keyed Gaussian rows, a set that notes how it is read.
#include "tests/errors.h"
#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/kernels/normal.h"
#include "ulam/measure/sample_set.h"

namespace ulam::test {

/// n rows of d standard normals: rows first .. first + n - 1 of the stream `seed`.
inline at::Tensor normals(std::int64_t n, std::int64_t d, std::uint64_t seed, std::int64_t first = 0) {
  at::Tensor out = at::empty({n, d}, at::kDouble);
  for (std::int64_t i = 0; i < n; ++i)
    kernels::fill_normal({make_key(seed, Stream::test), static_cast<std::uint64_t>(first + i), 0}, 0,
                         std::span(out.data_ptr<double>() + i * d, static_cast<std::size_t>(d)));
  return out;
}
inline at::Tensor row(const std::vector<double>& values) {
  at::Tensor out = at::empty({static_cast<std::int64_t>(values.size())}, at::kDouble);
  std::copy(values.begin(), values.end(), out.data_ptr<double>());
  return out;
}
/// The rows in another, fixed order.
inline at::Tensor shuffled(const at::Tensor& rows) {
  const std::int64_t n = rows.size(0);
  return rows.index_select(0, at::arange(n, at::kLong).mul(n / 2 * 2 - 1).remainder(n));
}

/// Standard normal rows made when they are read; notes the largest block and the rows read in all.
class Watched final : public SampleSet {
 public:
  Watched(std::int64_t n, std::int64_t d, std::uint64_t seed, double shift = 0)
      : n_(n), seed_(seed), shift_(shift), shape_{d} {}
  std::int64_t size() const override { return n_; }
  const std::vector<std::int64_t>& shape() const override { return shape_; }
  at::Tensor block(std::int64_t first, std::int64_t count) const override {
    EXPECT_LE(first + count, n_);
    largest = std::max<std::int64_t>(largest, count);
    read += count;
    return normals(count, shape_[0], seed_, first) + shift_;
  }
  const std::string& name() const override { return name_; }
  mutable std::int64_t largest = 0, read = 0;

 private:
  std::int64_t n_;
  std::uint64_t seed_;
  double shift_;
  std::vector<std::int64_t> shape_;
  std::string name_ = "watched";
};

using ulam::testing::expect_error;

/// The bad inputs that every measure of two sets refuses: other dimensions, NaN, too few rows.
inline void expect_bad_pairs_refused(const std::function<void(const SampleSet&, const SampleSet&)>& measure) {
  const SampleSetPtr good = in_memory(normals(64, 3, 1), "good"), wide = in_memory(normals(64, 4, 1), "wide"),
                     few = in_memory(normals(2, 3, 1), "few");
  expect_error(ErrorKind::shape, {"good", "wide", "[3]", "[4]"}, [&] { measure(*good, *wide); });
  expect_error(ErrorKind::option, {"few", "2 rows"}, [&] { measure(*few, *good); });
  expect_error(ErrorKind::option, {"few", "2 rows"}, [&] { measure(*good, *few); });
  at::Tensor rows = normals(64, 3, 1);
  rows[41][2] = std::nan("");
  const SampleSetPtr holed = in_memory(rows, "holed");
  expect_error(ErrorKind::numeric, {"holed", "row 41"}, [&] { measure(*holed, *good); });
  expect_error(ErrorKind::numeric, {"holed", "row 41"}, [&] { measure(*good, *holed); });
}

}  // namespace ulam::test
