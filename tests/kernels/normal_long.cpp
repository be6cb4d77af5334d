// A billion normals: what ten million cannot show. Statistical; bands are stated at each check.
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

#include "ulam/kernels/normal.h"

using namespace ulam;
using namespace ulam::kernels;

namespace {

constexpr std::size_t piece = 1 << 20, pieces = 1024;  // 1.07e9 numbers
constexpr int bins_a_unit = 32, reach = 7, bins = 2 * reach * bins_a_unit;

struct Tally {
  std::vector<std::int64_t> histogram = std::vector<std::int64_t>(bins);
  std::array<double, 8> power{};  // sums of z^1 .. z^8
  double lag1 = 0, lag2 = 0, pair_squares = 0;
  double count = 0;
};

// A row in `pieces` parts: also shows that a long row is one stream of numbers without a seam.
const Tally& tally() {
  static const Tally done = [] {
    Tally t;
    std::vector<float> z(piece);
    for (std::size_t k = 0; k < pieces; ++k) {
      const RowKey row{make_key(77, Stream::test), k / 256, static_cast<std::uint32_t>(k % 4)};
      fill_normal(row, (k % 256) * piece, z);
      for (std::size_t i = 0; i < piece; ++i) {
        const double x = z[i];
        ++t.histogram.at(static_cast<std::size_t>((x + reach) * bins_a_unit));
        double p = 1;
        for (double& sum : t.power) sum += p *= x;
        if (i >= 1) t.lag1 += x * z[i - 1];
        if (i >= 2) t.lag2 += x * z[i - 2];
        if (i % 2 == 1) t.pair_squares += (x * x - 1) * (static_cast<double>(z[i - 1]) * z[i - 1] - 1) / 2;
      }
      t.count += static_cast<double>(piece);
    }
    return t;
  }();
  return done;
}

double upper_tail(double x) { return 0.5 * std::erfc(x / std::numbers::sqrt2); }

}  // namespace

// Chi-square over 448 bins of width 1/32, those that expect fewer than 50 joined at each end; 5 sigma of its
// normal approximation. A float grid of 2^-24 in the uniforms would show in the tails.
TEST(NormalLong, StatisticalHistogramIsThatOfTheNormal) {
  const Tally& t = tally();
  double chi2 = 0, expected_left = 0, found_left = 0;
  int cells = 0;
  for (int b = 0; b < bins; ++b) {
    const double from = static_cast<double>(b) / bins_a_unit - reach, to = from + 1.0 / bins_a_unit;
    const double share = from >= 0 ? upper_tail(from) - upper_tail(to) : upper_tail(-to) - upper_tail(-from);
    expected_left += share * t.count;
    found_left += static_cast<double>(t.histogram[static_cast<std::size_t>(b)]);
    const bool upper_end = from > 0 && upper_tail(to) * t.count < 50;
    if (expected_left < 50 || (upper_end && b + 1 < bins)) continue;
    chi2 += (found_left - expected_left) * (found_left - expected_left) / expected_left;
    ++cells;
    expected_left = found_left = 0;
  }
  ASSERT_GT(cells, 300);
  EXPECT_NEAR(chi2, cells - 1, 5 * std::sqrt(2.0 * cells));
}

// Moments 1..8 of a standard normal and the variance of each power; 5 sigma.
TEST(NormalLong, StatisticalMomentsToTheEighth) {
  const Tally& t = tally();
  const auto moment = [](int k) {  // E z^k = (k - 1)!! for even k
    double m = 1;
    for (int j = k - 1; j > 1; j -= 2) m *= j;
    return k % 2 == 1 ? 0 : m;
  };
  for (int k = 1; k <= 8; ++k) {
    const double deviation = std::sqrt((moment(2 * k) - moment(k) * moment(k)) / t.count);
    EXPECT_NEAR(t.power[static_cast<std::size_t>(k - 1)] / t.count, moment(k), 5 * deviation)
        << "moment " << k;
  }
}

// Neighbours, next neighbours, and the squares of the two numbers that share a Box-Muller radius; 5 sigma.
TEST(NormalLong, StatisticalNeighboursAreIndependent) {
  const Tally& t = tally();
  const double band = 5 / std::sqrt(t.count);
  EXPECT_NEAR(t.lag1 / t.count, 0, band);
  EXPECT_NEAR(t.lag2 / t.count, 0, band);
  EXPECT_NEAR(t.pair_squares / (t.count / 2), 0, band * std::numbers::sqrt2);
}
