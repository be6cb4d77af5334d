#include "ulam/measure/neighbours.h"

#include "tests/measure/distribution_support.h"

#include "ulam/measure/resample.h"

namespace ulam::neighbours_test {
namespace {
using namespace test;

NeighbourOptions without_errors(std::int64_t k = 3, std::int64_t density_k = 5) {
  NeighbourOptions options;
  options.k = k;
  options.density_k = density_k;
  options.replicates = 0;
  return options;
}
NeighbourFigures measured(const at::Tensor& x, const at::Tensor& y, const NeighbourOptions& options) {
  return neighbour_figures(*in_memory(x, "x"), *in_memory(y, "y"), options);
}

/// The definitions, with whole matrices.
std::vector<double> plain(const at::Tensor& x, const at::Tensor& y, std::int64_t k, std::int64_t density_k) {
  const auto distances = [](const at::Tensor& a, const at::Tensor& b) {
    return (a.unsqueeze(1) - b.unsqueeze(0)).square().sum(2);
  };
  const auto radius = [&](const at::Tensor& a, std::int64_t order) {
    return std::get<0>(distances(a, a).sort(1)).select(1, order);  // place 0 is the row itself
  };
  const at::Tensor xy = distances(x, y);
  const at::Tensor in_y = xy.le(radius(y, k).unsqueeze(0)), in_x = xy.le(radius(x, k).unsqueeze(1)),
                   dense = xy.le(radius(y, density_k).unsqueeze(0));
  const auto share = [](const at::Tensor& flags) { return flags.to(at::kDouble).mean().item<double>(); };
  return {share(in_y.any(1)), share(in_x.any(0)),
          dense.to(at::kDouble).sum().item<double>() / static_cast<double>(density_k * x.size(0)),
          share(dense.any(0))};
}

// Sets larger than a block, unequal sizes: neighbours found block by block must be those of the whole.
TEST(Neighbours, AreTheDefinitionsWhateverTheBlocks) {
  for (const auto& [n, m] :
       std::vector<std::pair<std::int64_t, std::int64_t>>{{14, 20}, {1100, 100}, {100, 1100}}) {
    const at::Tensor x = normals(n, 3, 1) * 1.2, y = normals(m, 3, 2) + .5;
    const NeighbourFigures f = measured(x, y, without_errors(4, 6));
    const std::vector<double> expected = plain(x, y, 4, 6);
    EXPECT_DOUBLE_EQ(f.precision.value, expected[0]) << n;
    EXPECT_DOUBLE_EQ(f.recall.value, expected[1]) << n;
    EXPECT_DOUBLE_EQ(f.density.value, expected[2]) << n;
    EXPECT_DOUBLE_EQ(f.coverage.value, expected[3]) << n;
    EXPECT_EQ(f.precision.rows, std::min(n, m));
    EXPECT_EQ(f.precision.error, 0);
    EXPECT_EQ(f.precision.name, "precision");
    EXPECT_EQ(f.coverage.name, "coverage");
  }
}

// A row lies in its own ball, and each ball holds its centre and its k neighbours.
TEST(Neighbours, ASetAgainstItselfIsPerfect) {
  for (const std::int64_t k : {1, 3, 5}) {
    const at::Tensor x = normals(300, 4, 1);
    const NeighbourFigures f = measured(x, x, without_errors(k, k));
    EXPECT_EQ(f.precision.value, 1);
    EXPECT_EQ(f.recall.value, 1);
    EXPECT_EQ(f.coverage.value, 1);
    EXPECT_DOUBLE_EQ(f.density.value, static_cast<double>(k + 1) / static_cast<double>(k));
  }
}

TEST(Neighbours, SetsFarApartShareNothing) {
  const at::Tensor x = normals(200, 3, 1), y = normals(150, 3, 2) + 100;
  const NeighbourFigures f = measured(x, y, NeighbourOptions{});
  for (const Figure& figure : {f.precision, f.recall, f.density, f.coverage}) {
    EXPECT_EQ(figure.value, 0) << figure.name;
    EXPECT_EQ(figure.error, 0) << figure.name;
  }
}

// Samples from one of two modes are precise and miss half of the reference.
TEST(Neighbours, AMissingModeCostsRecallAndCoverageNotPrecision) {
  at::Tensor y = normals(400, 2, 1);
  y.narrow(0, 0, 200).add_(50);
  const NeighbourFigures f = measured(normals(400, 2, 2), y, without_errors());
  EXPECT_GT(f.precision.value, .9);
  EXPECT_LT(f.recall.value, .5);
  EXPECT_LE(f.coverage.value, .5);
  EXPECT_GT(f.coverage.value, .4);
}

// All samples on one point in the middle of the reference: precise, but they cover next to nothing.
TEST(Neighbours, CollapsedSamplesArePreciseAndCoverLittle) {
  const at::Tensor y = normals(300, 2, 1);
  const NeighbourFigures f = measured(y.narrow(0, 7, 1).repeat({300, 1}), y, without_errors());
  EXPECT_EQ(f.precision.value, 1);
  EXPECT_DOUBLE_EQ(f.recall.value, 1. / 300);
  EXPECT_LT(f.coverage.value, .05);
  EXPECT_GT(f.coverage.value, 0);
}

TEST(Neighbours, OrderOfRowsDoesNotMatter) {
  const at::Tensor x = normals(200, 3, 1), y = normals(170, 3, 2) + .5;
  const NeighbourFigures f = measured(x, y, without_errors()),
                         g = measured(shuffled(x), shuffled(y), without_errors());
  EXPECT_DOUBLE_EQ(f.precision.value, g.precision.value);
  EXPECT_DOUBLE_EQ(f.recall.value, g.recall.value);
  EXPECT_DOUBLE_EQ(f.density.value, g.density.value);
  EXPECT_DOUBLE_EQ(f.coverage.value, g.coverage.value);
}

TEST(Neighbours, TheSameSeedGivesTheSameErrors) {
  const at::Tensor x = normals(100, 2, 1), y = normals(100, 2, 2);
  NeighbourOptions options;
  const double a = measured(x, y, options).density.error, b = measured(x, y, options).density.error;
  options.seed = 1;
  EXPECT_EQ(a, b);
  EXPECT_NE(a, measured(x, y, options).density.error);
}

TEST(Neighbours, BlocksAreSmallHoweverManyRows) {
  const Watched a(5000, 2, 1), b(2500, 2, 2);
  EXPECT_GT(neighbour_figures(a, b, without_errors()).recall.value, .5);
  EXPECT_LE(a.largest, 1024);
  EXPECT_LE(b.largest, 1024);
}

// Equal laws. Coverage has the mean 1 - (m - 1) ... (m - k) / ((n + m - 1) ... (n + m - k)) exactly (Naeem et
// al. 2020, lemma 2), density 1. Statistical: 5 sigma of 50 repeats.
TEST(Neighbours, StatisticalEqualLawsGiveTheExactMeans) {
  std::vector<double> coverage, density;
  const double n = 120, m = 90;
  for (std::uint64_t r = 0; r < 50; ++r) {
    const NeighbourFigures f = measured(normals(120, 3, 2 * r), normals(90, 3, 2 * r + 1), without_errors());
    coverage.push_back(f.coverage.value);
    density.push_back(f.density.value);
  }
  double missed = 1;
  for (int i = 1; i <= 5; ++i) missed *= (m - i) / (n + m - i);
  const Mean c = mean_of(coverage), d = mean_of(density);
  EXPECT_NEAR(c.value, 1 - missed, 5 * c.error);
  EXPECT_NEAR(d.value, 1, 5 * d.error);
}

// Statistical: errors against the spread of 50 repeats (known to 10 %).
TEST(Neighbours, StatisticalErrorsAreTheSpreadOfRepeats) {
  std::vector<double> values[4], errors[4];
  for (std::uint64_t r = 0; r < 50; ++r) {
    const NeighbourFigures f =
        measured(normals(300, 3, 2 * r) * 1.3, normals(300, 3, 2 * r + 1) + .7, NeighbourOptions{});
    int i = 0;
    for (const Figure& figure : {f.precision, f.recall, f.density, f.coverage}) {
      values[i].push_back(figure.value);
      errors[i++].push_back(figure.error);
    }
  }
  for (int i = 0; i < 4; ++i)
    EXPECT_NEAR(mean_of(errors[i]).value / (mean_of(values[i]).error * std::sqrt(50.)), 1, 5 * .105) << i;
}

TEST(Neighbours, BadInputIsRefused) {
  expect_bad_pairs_refused([](const SampleSet& a, const SampleSet& b) { neighbour_figures(a, b); });
  const at::Tensor x = normals(11, 3, 1), y = normals(12, 3, 2);
  expect_error(ErrorKind::option, {"11 rows", "12"}, [&] { measured(x, y, without_errors()); });
  EXPECT_NO_THROW(measured(y, y, without_errors()));
  expect_error(ErrorKind::option, {"k = 0"}, [&] { measured(y, y, without_errors(0)); });
  expect_error(ErrorKind::option, {"k = 2000"}, [&] { measured(y, y, without_errors(3, 2000)); });
  NeighbourOptions options;
  options.replicates = 1;
  expect_error(ErrorKind::option, {"replicates: 1"}, [&] { measured(y, y, options); });
}

}  // namespace
}  // namespace ulam::neighbours_test
