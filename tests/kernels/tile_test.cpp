#include "ulam/kernels/tile.h"

#include <cmath>
#include <cstring>
#include <vector>

#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/base/key.h"

using namespace ulam;
using namespace ulam::kernels;

namespace {

template <typename T>
std::vector<T> numbers(std::int64_t n, std::uint64_t id) {
  std::vector<T> out(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<T>(2 * random_uniform({make_key(3, Stream::test), id, 0}, i) - 1);
  return out;
}

template <typename T>
bool same_bits(const T* a, const T* b, std::size_t n) {
  return std::memcmp(a, b, n * sizeof(T)) == 0;
}

template <typename T>
std::vector<T> product(bool transposed, const std::vector<T>& x, const std::vector<T>& w, std::int64_t rows,
                       std::int64_t inner, std::int64_t cols, int threads, Isa isa) {
  std::vector<T> out(static_cast<std::size_t>(rows * cols), T{-7});
  if (transposed)
    matmul_rows_transposed<T>(x, w, rows, inner, cols, out, threads, isa);
  else
    matmul_rows<T>(x, w, rows, inner, cols, out, threads, isa);
  return out;
}

// Sizes around every edge of the tiles: rows 4 and 8, vectors, blocks of 128 values of k, groups of 64 bytes.
struct Size {
  std::int64_t rows, inner, cols;
};
const std::vector<Size> sizes{{1, 1, 1},    {3, 2, 5},    {9, 7, 33},    {17, 16, 32},   {8, 15, 64},
                              {5, 300, 71}, {21, 129, 9}, {70, 128, 40}, {2, 1000, 130}, {130, 65, 7}};

template <typename T>
void check_values(bool transposed) {
  for (const auto& [rows, inner, cols] : sizes) {
    const auto x = numbers<T>(rows * inner, 1), w = numbers<T>(inner * cols, 2);
    const auto got = product(transposed, x, w, rows, inner, cols, 1, best_isa());
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t j = 0; j < cols; ++j) {
        long double sum = 0, size = 0;
        for (std::int64_t k = 0; k < inner; ++k) {
          const long double term =
              static_cast<long double>(x[static_cast<std::size_t>(r * inner + k)]) *
              static_cast<long double>(
                  w[static_cast<std::size_t>(transposed ? j * inner + k : k * cols + j)]);
          sum += term;
          size += std::fabs(term);
        }
        const long double bound =
            size * static_cast<long double>(inner + 2) * std::numeric_limits<T>::epsilon();
        ASSERT_NEAR(static_cast<double>(got[static_cast<std::size_t>(r * cols + j)]),
                    static_cast<double>(sum), static_cast<double>(bound))
            << rows << " x " << inner << " x " << cols << " at " << r << ", " << j;
      }
  }
}

template <typename T>
void check_bits(bool transposed) {
  for (const auto& [rows, inner, cols] : sizes) {
    const auto x = numbers<T>(rows * inner, 1), w = numbers<T>(inner * cols, 2);
    const auto expected = product(transposed, x, w, rows, inner, cols, 1, Isa::plain);
    for (const Isa isa : usable_isas()) {
      for (const int threads : {1, 2, 3})
        ASSERT_TRUE(same_bits(product(transposed, x, w, rows, inner, cols, threads, isa).data(),
                              expected.data(), expected.size()))
            << name(isa) << ", " << threads << " threads, " << rows << " x " << inner << " x " << cols;
      for (std::int64_t r = 0; r < rows; ++r) {
        const std::vector<T> one(x.begin() + r * inner, x.begin() + (r + 1) * inner);
        ASSERT_TRUE(same_bits(product(transposed, one, w, 1, inner, cols, 1, isa).data(),
                              expected.data() + r * cols, static_cast<std::size_t>(cols)))
            << name(isa) << ", row " << r << " alone";
      }
    }
  }
}

}  // namespace

TEST(MatmulRows, IsTheProduct) {
  check_values<float>(false);
  check_values<double>(false);
}
TEST(MatmulRowsTransposed, IsTheProduct) {
  check_values<float>(true);
  check_values<double>(true);
}

// S2 of exact problems: a row alone, in a batch, on threads and on any instruction set has the same bits.
TEST(MatmulRows, BitsBelongToTheRowAlone) {
  check_bits<float>(false);
  check_bits<double>(false);
}
TEST(MatmulRowsTransposed, BitsBelongToTheRowAlone) {
  check_bits<float>(true);
  check_bits<double>(true);
}

// Large enough that threads really share the work, along rows and along columns.
TEST(MatmulRows, ThreadsShareLargeWorkWithoutATrace) {
  for (const auto& [rows, inner, cols] : {Size{301, 70, 65}, Size{6, 600, 500}}) {
    const auto x = numbers<float>(rows * inner, 1), w = numbers<float>(inner * cols, 2);
    for (const bool transposed : {false, true}) {
      const auto one = product(transposed, x, w, rows, inner, cols, 1, best_isa());
      for (const int threads : {2, 5, 16})
        EXPECT_TRUE(same_bits(product(transposed, x, w, rows, inner, cols, threads, best_isa()).data(),
                              one.data(), one.size()));
    }
  }
}

// The documented order: a running sum from k = 0 upwards, nothing fused.
TEST(MatmulRows, SumsUpwards) {
  const std::vector<double> x{1, 0x1p60, -0x1p60, 1}, w(4, 1);
  for (const Isa isa : usable_isas()) EXPECT_EQ(product(false, x, w, 1, 4, 1, 1, isa)[0], 1) << name(isa);
}

TEST(MatmulRows, EmptySumsAreZero) {
  for (const bool transposed : {false, true})
    EXPECT_EQ(product<float>(transposed, {}, {}, 2, 0, 2, 1, best_isa()), (std::vector<float>(4, 0)));
}

TEST(MatmulRows, RefusesSizesThatDoNotFit) {
  std::vector<float> x(6), w(6), out(4);
  EXPECT_NO_THROW(matmul_rows<float>(x, w, 2, 3, 2, out));
  EXPECT_THROW(matmul_rows<float>(x, w, 3, 3, 2, out), Error);
  EXPECT_THROW(matmul_rows<float>(x, w, 2, 3, 3, out), Error);
  EXPECT_THROW(matmul_rows<float>(x, w, -2, -3, -2, out), Error);
  EXPECT_THROW(matmul_rows_transposed<float>(x, w, 2, 3, 2, std::span(out).first(3)), Error);
}
