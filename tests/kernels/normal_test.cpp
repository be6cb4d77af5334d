#include "ulam/kernels/normal.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

#include "ulam/base/error.h"

using namespace ulam;
using namespace ulam::kernels;

namespace {

RowKey row_of(std::uint64_t id, std::uint32_t draw = 0) { return {make_key(2024, Stream::test), id, draw}; }

std::vector<float> normals(const RowKey& row, std::size_t n) {
  std::vector<float> out(n);
  fill_normal(row, 0, out);
  return out;
}

template <typename T>
bool same_bits(std::span<const T> a, std::span<const T> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

double upper_tail(double x) { return 0.5 * std::erfc(x / std::numbers::sqrt2); }

// Ten million numbers, made once for the statistical tests.
const std::vector<float>& sample() {
  static const std::vector<float> numbers = normals(row_of(1), 10'000'000);
  return numbers;
}

double correlation(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum / static_cast<double>(a.size());
}

}  // namespace

// Box-Muller in double precision on the same words; the float kernel may differ by rounding alone.
TEST(Normal, EachNumberIsTheFormulaToOneInAMillion) {
  const RowKey row = row_of(5, 3);
  const auto z = normals(row, 400'000);
  double worst = 0;
  for (std::uint64_t e = 0; e < z.size(); e += 2) {
    const double u = (random_bits(row, e) + 1.0) * 0x1p-32;
    const double angle = 2 * std::numbers::pi * random_bits(row, e + 1) * 0x1p-32;
    const double r = std::sqrt(-2 * std::log(u));
    const double expected[2] = {r * std::cos(angle), r * std::sin(angle)};
    for (int i = 0; i < 2; ++i)
      worst = std::max(worst, std::fabs(z[e + static_cast<std::uint64_t>(i)] - expected[i]));
  }
  EXPECT_LT(worst, 1e-6);
}

TEST(Normal, EveryInstructionSetHasTheBitsOfTheReference) {
  const RowKey row = row_of(9, 77);
  std::vector<float> expected(3001), got(3001);
  for (std::size_t e = 0; e < expected.size(); ++e) expected[e] = normal_reference(row, e);
  for (const Isa isa : usable_isas()) {
    std::fill(got.begin(), got.end(), -9.0f);
    fill_normal(row, 0, got, isa);
    EXPECT_TRUE(same_bits<float>(got, expected)) << name(isa);
  }
}

// S1: a range may be cut anywhere, also where a block of four or a vector is torn apart.
TEST(Normal, BitsDoNotDependOnHowTheRangeIsCut) {
  const RowKey row = row_of(11);
  const auto whole = normals(row, 2000);
  for (const Isa isa : usable_isas())
    for (std::size_t first = 0; first < 300; first += 7)
      for (const std::size_t n : {0, 1, 2, 3, 4, 5, 63, 64, 127, 128, 129, 500, 1111}) {
        std::vector<float> part(n + 2, -9.0f);
        fill_normal(row, first, std::span(part).subspan(1, n), isa);
        ASSERT_TRUE(same_bits<float>(std::span(part).subspan(1, n), std::span(whole).subspan(first, n)))
            << name(isa) << " from " << first << ", " << n;
        ASSERT_EQ(part.front(), -9.0f) << "wrote before its range";
        ASSERT_EQ(part.back(), -9.0f) << "wrote past its range";
      }
}

TEST(Normal, DoublesAreTheFloatsWidened) {
  const RowKey row = row_of(12);
  const auto narrow = normals(row, 5000);
  for (const std::size_t first : {0, 1, 6, 1027}) {
    std::vector<double> wide(3001);
    fill_normal(row, first, wide);
    for (std::size_t i = 0; i < wide.size(); ++i) ASSERT_EQ(wide[i], static_cast<double>(narrow[first + i]));
  }
}

TEST(Normal, EndOfARowIsReachedAndNotPassed) {
  const RowKey row = row_of(13);
  std::array<float, 3> out{};
  fill_normal(row, row_elements - 3, out);
  for (std::uint64_t i = 0; i < 3; ++i) EXPECT_EQ(out[i], normal_reference(row, row_elements - 3 + i));
  EXPECT_THROW(fill_normal(row, row_elements - 2, out), Error);
  std::array<double, 3> wide{};
  EXPECT_THROW(fill_normal(row, row_elements - 2, wide), Error);
}

// Moments 1 to 4 (variances 1, 2, 15, 96 of z, z^2, z^3, z^4). Statistical, 5 sigma.
TEST(NormalStatistics, MomentsAreThoseOfTheNormal) {
  const auto& z = sample();
  double m[4] = {};
  for (const float v : z) {
    const double x = v;
    m[0] += x;
    m[1] += x * x;
    m[2] += x * x * x;
    m[3] += x * x * x * x;
  }
  const double expected[4] = {0, 1, 0, 3}, variance[4] = {1, 2, 15, 96}, n = static_cast<double>(z.size());
  for (int i = 0; i < 4; ++i)
    EXPECT_NEAR(m[i] / n, expected[i], 5 * std::sqrt(variance[i] / n)) << "moment " << i + 1;
}

// Counts beyond 3, 4, 5 sigma on each side. Statistical, 5 sigma (of a Poisson count).
TEST(NormalStatistics, TailsAreThoseOfTheNormal) {
  const auto& z = sample();
  for (const int sigma : {3, 4, 5})
    for (const int side : {-1, 1}) {
      const auto count = std::count_if(z.begin(), z.end(), [&](float x) {
        return static_cast<float>(side) * x > static_cast<float>(sigma);
      });
      const double expected = upper_tail(sigma) * static_cast<double>(z.size());
      EXPECT_NEAR(static_cast<double>(count), expected, 5 * std::sqrt(expected) + 1) << side * sigma;
    }
}

// Kolmogorov-Smirnov on two million numbers; sqrt(n) D > 2.5 has probability 8e-6.
TEST(NormalStatistics, DistributionFunctionIsTheNormal) {
  std::vector<float> z(sample().begin(), sample().begin() + 2'000'000);
  std::sort(z.begin(), z.end());
  const double n = static_cast<double>(z.size());
  double distance = 0;
  for (std::size_t i = 0; i < z.size(); i += 16) {
    const double p = 1 - upper_tail(static_cast<double>(z[i]));
    distance = std::max({distance, p - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - p});
  }
  EXPECT_LT(distance * std::sqrt(n), 2.5);
}

// The two numbers of a Box-Muller pair share a radius: their squares betray a wrong angle. Also lags, rows,
// draws, keys. Statistical, 5 sigma.
TEST(NormalStatistics, NumbersAreUncorrelated) {
  const std::size_t n = 4'000'000;
  const auto a = std::span(sample()).first(n);
  const double band = 5 / std::sqrt(static_cast<double>(n));
  for (const std::size_t lag : {1, 2, 3, 4, 8, 64, 128})
    EXPECT_NEAR(correlation(a, std::span(sample()).subspan(lag, n)), 0, band) << "lag " << lag;
  EXPECT_NEAR(correlation(a, normals(row_of(2), n)), 0, band) << "next row";
  EXPECT_NEAR(correlation(a, normals(row_of(1, 1), n)), 0, band) << "next draw";
  EXPECT_NEAR(correlation(a, normals({make_key(2025, Stream::test), 1, 0}, n)), 0, band) << "next seed";
  EXPECT_NEAR(correlation(a, normals({make_key(2024, Stream::user), 1, 0}, n)), 0, band) << "other stream";
  double squares = 0, product = 0;
  for (std::size_t i = 0; i < n; i += 2) {
    const double x = a[i], y = a[i + 1];
    squares += (x * x - 1) * (y * y - 1) / 2;
    product += x * y;
  }
  const double pairs = static_cast<double>(n / 2);
  EXPECT_NEAR(squares / pairs, 0, 5 / std::sqrt(pairs)) << "squares of a pair";
  EXPECT_NEAR(product / pairs, 0, 5 / std::sqrt(pairs)) << "pair";
}

// Also across the counter's fields: neighbouring ids at a fixed element form a normal sample. Statistical, 5
// sigma.
TEST(NormalStatistics, NeighbouringIdsAreANormalSample) {
  double sum = 0, squares = 0;
  const int n = 200'000;
  for (int id = 0; id < n; ++id) {
    const double x = normal_reference(row_of(static_cast<std::uint64_t>(id)), 6);
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / n, 0, 5 / std::sqrt(n));
  EXPECT_NEAR(squares / n, 1, 5 * std::sqrt(2.0 / n));
}
