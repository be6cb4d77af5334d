// Errors and biases of the distances between sets where closed forms and repeats say what they must be, in
// more dimensions than the quick tests afford.
#include "tests/measure/distribution_support.h"

#include "ulam/measure/diversity.h"
#include "ulam/measure/frechet.h"
#include "ulam/measure/mmd.h"
#include "ulam/measure/neighbours.h"
#include "ulam/measure/resample.h"

namespace ulam::distribution_long {
namespace {
using namespace test;

constexpr int repeats = 100;
constexpr double spread_known_to = .071;  // 1 / sqrt(2 (repeats - 1))

/// Values and errors of a figure over repeats.
struct Series {
  std::vector<double> values, errors;
  void add(const Figure& f) {
    values.push_back(f.value);
    errors.push_back(f.error);
  }
  Mean mean() const { return mean_of(values); }
  double spread() const { return mean().error * std::sqrt(static_cast<double>(values.size())); }
  /// Mean error over spread: 1 where the error is what it says.
  double ratio() const { return mean_of(errors).value / spread(); }
};

/// Rows of 24 correlated numbers whose variances fall over two decades.
at::Tensor correlated(std::int64_t n, std::uint64_t seed) {
  const at::Tensor mix = normals(24, 24, 12345) * (at::arange(24, at::kDouble) + 1).pow(-.7).unsqueeze(1);
  return at::mm(normals(n, 24, seed), mix);
}
/// Variances of `correlated` along its axes add up to this.
double total_variance() {
  const at::Tensor mix = normals(24, 24, 12345) * (at::arange(24, at::kDouble) + 1).pow(-.7).unsqueeze(1);
  return mix.square().sum().item<double>();
}

double bias_in(const Figure& figure) {
  const std::string words = "a bias of ";
  return std::stod(figure.note.substr(figure.note.find(words) + words.size()));
}

// Scaled copies of one law: the distance is (s - 1)^2 tr C. What the bootstrap calls the bias, taken off,
// must leave that, and the error must be the spread, or up to twice that where the laws are nearly equal.
TEST(FrechetLong, StatisticalBiasAndErrorAgainstTheClosedForm) {
  for (const double scale : {1.05, 1.5}) {
    Series series;
    std::vector<double> bias;
    for (std::uint64_t r = 0; r < repeats; ++r) {
      const Figure f = frechet_distance(*in_memory(correlated(600, 2 * r), "a"),
                                        *in_memory(correlated(600, 2 * r + 1) * scale, "b"));
      series.add(f);
      bias.push_back(bias_in(f));
    }
    const double truth = (scale - 1) * (scale - 1) * total_variance();
    const Mean value = series.mean(), seen = mean_of(bias);
    EXPECT_NEAR(value.value - seen.value, truth, 5 * std::hypot(value.error, seen.error)) << scale;
    EXPECT_GT(series.ratio(), 1 - 5 * spread_known_to) << scale;
    EXPECT_LT(series.ratio(), (scale < 1.1 ? 2 : 1) * (1 + 5 * spread_known_to)) << scale;
  }
}

// P-values of equal laws at most .05, .2 and .5 as often as these say, with sizes that divide into nothing
// evenly. 5 sigma of 200 tries.
TEST(MmdLong, StatisticalPValuesOfEqualLawsAreEven) {
  for (const MmdKernel kernel : {MmdKernel::polynomial, MmdKernel::gaussian})
    for (const auto& [n, m] :
         std::vector<std::pair<std::int64_t, std::int64_t>>{{70, 70}, {40, 700}, {500, 333}}) {
      MmdOptions options;
      options.kernel = kernel;
      options.permutations = 99;
      std::vector<double> p;
      for (std::uint64_t r = 0; r < 200; ++r) {
        options.seed = r;
        p.push_back(kernel_mmd(*in_memory(correlated(n, 2 * r), "a"),
                               *in_memory(correlated(m, 2 * r + 1), "b"), options)
                        .p_value.value);
      }
      for (const double level : {.05, .2, .5}) {
        const double share = static_cast<double>(std::count_if(p.begin(), p.end(),
                                                               [&](double v) { return v <= level + 1e-9; })) /
                             200;
        EXPECT_NEAR(share, level, 5 * std::sqrt(level * (1 - level) / 200)) << n << " " << m;
      }
    }
}

TEST(MmdLong, StatisticalErrorIsTheSpread) {
  for (const double scale : {1., 1.5})
    for (const MmdKernel kernel : {MmdKernel::polynomial, MmdKernel::gaussian}) {
      MmdOptions options;
      options.kernel = kernel;
      options.permutations = 0;
      options.bandwidth = kernel == MmdKernel::gaussian ? 10 : 0;
      Series series;
      for (std::uint64_t r = 0; r < repeats; ++r)
        series.add(kernel_mmd(*in_memory(correlated(300, 2 * r), "a"),
                              *in_memory(correlated(300, 2 * r + 1) * scale, "b"), options)
                       .distance);
      EXPECT_GT(series.ratio(), 1 - 5 * spread_known_to) << scale;
      EXPECT_LT(series.ratio(), (scale == 1 ? std::sqrt(2.) : 1.1) * (1 + 5 * spread_known_to)) << scale;
      if (scale == 1) {
        EXPECT_NEAR(series.mean().value, 0, 5 * series.mean().error);
      }
    }
}

// The delete-half jackknife may be too cautious, by no more than half, and not too sure.
TEST(NeighboursLong, StatisticalErrorsCoverTheSpread) {
  for (const double scale : {1., 1.3}) {
    Series series[4];
    for (std::uint64_t r = 0; r < repeats; ++r) {
      const NeighbourFigures f = neighbour_figures(*in_memory(correlated(500, 2 * r), "a"),
                                                   *in_memory(correlated(500, 2 * r + 1) * scale, "b"));
      int i = 0;
      for (const Figure& figure : {f.precision, f.recall, f.density, f.coverage}) series[i++].add(figure);
    }
    for (int i = 0; i < 4; ++i) {
      EXPECT_GT(series[i].ratio(), 1 - 5 * spread_known_to) << i << " " << scale;
      EXPECT_LT(series[i].ratio(), 1.5 * (1 + 5 * spread_known_to)) << i << " " << scale;
    }
  }
}

TEST(VendiLong, StatisticalErrorIsTheSpread) {
  Series series;
  for (std::uint64_t r = 0; r < repeats; ++r) series.add(vendi_score(*in_memory(correlated(600, r), "a")));
  EXPECT_NEAR(series.ratio(), 1, 5 * spread_known_to);
}

}  // namespace
}  // namespace ulam::distribution_long
