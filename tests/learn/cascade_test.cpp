#include "ulam/learn/cascade.h"

#include "tests/errors.h"
#include <cmath>

#include <gtest/gtest.h>

namespace ulam::cascade_test {
namespace {

// The coefficients that the authors publish for Stable Diffusion 2.1 (file sd2.1.npy of their repository).
constexpr std::array<double, 36> published{
    1523.676619658719,  -1111.4746450817747, 198.38349617752823,  -1346.0890022783242, 1007.1949412581944,
    -186.2547577408646, 168.39730243270586,  -128.0389489406508,  24.884789751788965,  -8140.644018577604,
    5906.748279115223,  -1035.9941123139745, 6941.413899402556,   -5193.980659818976,  950.3205652979913,
    -848.2104675050633, 650.6903333310611,   -121.28674276636774, 13309.270384617059,  -9616.6703205253,
    1668.7685962068279, -11037.107794392457, 8256.66668566493,    -1503.7992035851387, 1293.9740435093065,
    -999.5629328211232, 188.2217041354989,   -6747.4218216104955, 4853.153053347587,   -835.5116792834909,
    5489.115183777738,  -4096.897218212316,  743.0953413127122,   -619.5612763258621,  480.1497146559675,
    -90.89633128561563};

// Three rows that were worked out from that file by another program, to 4 digits.
TEST(Cascade, PublishedCoefficientsGiveThePublishedRatios) {
  const Cascade cascade(published);
  const auto is = [&](int steps, double guidance, const std::vector<double>& wanted) {
    const std::vector<double> got = cascade.ratios(steps, guidance);
    ASSERT_EQ(got.size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_NEAR(got[i], wanted[i], 5e-5) << steps << " " << i;
  };
  is(5, 7.5, {1, 1, 1.0271, .7392, 1.2263});
  is(10, 7.5, {1, 1, .4446, .8980, 1.0628, 1.0426, .9408, .8610, .9068, 1.1816});
  is(6, 6, {1, 1, 1.1056, .9250, .6616, 1.3009});
}

// Fitted to enough cells the polynomials come back; a cell that was held out is predicted.
TEST(Cascade, FitFindsWhatMadeTheRatios) {
  const Cascade truth(published);
  std::vector<RatioCell> cells;
  for (const int steps : {5, 6, 8, 10, 12, 15})
    for (const double guidance : {3., 5., 7.5, 9.})
      cells.push_back({steps, guidance, truth.ratios(steps, guidance)});
  const Cascade fitted = Cascade::fit(cells);
  for (const auto& [steps, guidance] : std::vector<std::pair<int, double>>{{7, 6.}, {9, 4.}, {14, 8.}}) {
    const std::vector<double> wanted = truth.ratios(steps, guidance), got = fitted.ratios(steps, guidance);
    for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_NEAR(got[i], wanted[i], 1e-5);
  }
}

TEST(Cascade, TheFirstTwoRatiosAreOneAndOneCellIsFittedExactly) {
  const Cascade fitted = Cascade::fit({{5, 2, {1, 1, .9, 1.2, 1.4}}});
  const std::vector<double> got = fitted.ratios(5, 2);
  const std::vector<double> wanted{1, 1, .9, 1.2, 1.4};
  for (std::size_t i = 0; i < 5; ++i) EXPECT_NEAR(got[i], wanted[i], 1e-8);
  EXPECT_EQ(fitted.ratios(9, 4)[1], 1);
}

TEST(Cascade, BadCellsAreRefused) {
  ulam::testing::expect_error(ErrorKind::option, {"2 ratios for 5 steps"}, [] {
    Cascade::fit({{5, 1, {1, 1}}});
  });
  ulam::testing::expect_error(ErrorKind::option, {"no ratio"}, [] { Cascade::fit({{2, 1, {1, 1}}}); });
}

}  // namespace
}  // namespace ulam::cascade_test
