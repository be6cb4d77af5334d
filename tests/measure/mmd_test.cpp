#include "ulam/measure/mmd.h"

#include "tests/measure/distribution_support.h"

#include "ulam/measure/resample.h"

namespace ulam::mmd_test {
namespace {
using namespace test;

MmdOptions with(MmdKernel kernel, int permutations, double bandwidth = 0) {
  MmdOptions options;
  options.kernel = kernel;
  options.permutations = permutations;
  options.bandwidth = bandwidth;
  return options;
}

double plain(const at::Tensor& x, const at::Tensor& y, const MmdOptions& options) {
  const auto kernel = [&](const at::Tensor& a, const at::Tensor& b) {
    if (options.kernel == MmdKernel::polynomial) return (at::mm(a, b.t()) / a.size(1) + 1).pow(3);
    const at::Tensor d = (a.unsqueeze(1) - b.unsqueeze(0)).square().sum(2);
    return (d / (-2 * options.bandwidth * options.bandwidth)).exp();
  };
  const auto inner = [&](const at::Tensor& a) {
    const at::Tensor k = kernel(a, a);
    return (k.sum() - k.trace()).item<double>() / static_cast<double>(a.size(0) * (a.size(0) - 1));
  };
  return inner(x) + inner(y) - 2 * kernel(x, y).mean().item<double>();
}

// Sizes that leave rows over from units and blocks must lose and repeat no pair.
TEST(Mmd, IsTheFormulaWhateverTheSizes) {
  for (const MmdOptions& options : {with(MmdKernel::polynomial, 0), with(MmdKernel::gaussian, 0, 1.3)})
    for (const auto& [n, m] : std::vector<std::pair<std::int64_t, std::int64_t>>{
             {4, 4}, {4, 300}, {301, 77}, {129, 400}, {1040, 60}}) {
      const at::Tensor x = normals(n, 3, 1), y = normals(m, 3, 2) * 1.5 + .3;
      const double expected = plain(x, y, options);
      EXPECT_NEAR(kernel_mmd(*in_memory(x, "x"), *in_memory(y, "y"), options).distance.value, expected,
                  1e-12 * (1 + std::abs(expected)))
          << n << " " << m;
    }
}

// One row left out at a time, worked out plainly.
TEST(Mmd, ErrorIsTheJackknife) {
  const MmdOptions options = with(MmdKernel::polynomial, 0);
  const at::Tensor x = normals(12, 2, 1), y = normals(9, 2, 2) + 1;
  const auto variance = [&](std::int64_t n, const std::function<double(const at::Tensor&)>& without) {
    std::vector<double> values;
    for (std::int64_t i = 0; i < n; ++i)
      values.push_back(without(at::cat({at::arange(i, at::kLong), at::arange(i + 1, n, at::kLong)})));
    const double error = mean_of(values).error;  // sum of squares = error^2 n (n - 1)
    return error * error * static_cast<double>((n - 1) * (n - 1));
  };
  const double expected =
      variance(12, [&](const at::Tensor& i) { return plain(x.index_select(0, i), y, options); }) +
      variance(9, [&](const at::Tensor& i) { return plain(x, y.index_select(0, i), options); });
  EXPECT_NEAR(kernel_mmd(*in_memory(x, "x"), *in_memory(y, "y"), options).distance.error, std::sqrt(expected),
              1e-10);
}

// Normals against shifted normals: the Gaussian kernel has a closed form. Statistical: 5 sigma of the mean.
TEST(Mmd, StatisticalMeanIsTheClosedFormAndErrorTheSpread) {
  const double h2 = 2, d = 3, c = std::pow(h2 / (h2 + 2), d / 2), shift2 = 3;
  const double truth = 2 * c * (1 - std::exp(-shift2 / (2 * (h2 + 2))));
  std::vector<double> values, errors;
  for (std::uint64_t r = 0; r < 50; ++r) {
    const Figure f =
        kernel_mmd(*in_memory(normals(150, 3, 2 * r), "x"), *in_memory(normals(150, 3, 2 * r + 1) + 1, "y"),
                   with(MmdKernel::gaussian, 0, std::sqrt(h2)))
            .distance;
    values.push_back(f.value);
    errors.push_back(f.error);
  }
  const Mean mean = mean_of(values);
  EXPECT_NEAR(mean.value, truth, 5 * mean.error);
  EXPECT_NEAR(mean_of(errors).value / (mean.error * std::sqrt(50.)), 1, 5 * .105);
}

// Equal laws: 0 in the mean, and p-values as even as 100 of them must be. Statistical: 5 sigma; a share of
// 1/2 of 100 has a deviation of 0.05, the mean of uniform numbers one of 0.029.
TEST(Mmd, StatisticalEqualLawsGiveZeroAndEvenPValues) {
  for (const MmdKernel kernel : {MmdKernel::polynomial, MmdKernel::gaussian}) {
    std::vector<double> values, errors, p;
    double low = 0;
    for (std::uint64_t r = 0; r < 100; ++r) {
      const MmdResult result = kernel_mmd(*in_memory(normals(130, 4, 2 * r), "x"),
                                          *in_memory(normals(90, 4, 2 * r + 1), "y"), with(kernel, 99));
      values.push_back(result.distance.value);
      errors.push_back(result.distance.error);
      p.push_back(result.p_value.value);
      low += result.p_value.value <= .5 ? 1 : 0;
    }
    const Mean mean = mean_of(values);
    EXPECT_NEAR(mean.value, 0, 5 * mean.error);
    EXPECT_NEAR(mean_of(p).value, .505, 5 * .029);
    EXPECT_NEAR(low / 100, .5, 5 * .05);
    // Too large by sqrt(2) at most, in the mean.
    const double ratio = mean_of(errors).value / (mean.error * 10);
    EXPECT_GT(ratio, .75);
    EXPECT_LT(ratio, std::sqrt(2.) * 1.4);
  }
}

TEST(Mmd, ADifferenceIsFound) {
  const SampleSetPtr x = in_memory(normals(400, 4, 1), "x"), wide = in_memory(normals(300, 4, 2) * 1.5, "y");
  for (const MmdKernel kernel : {MmdKernel::polynomial, MmdKernel::gaussian}) {
    const MmdResult result = kernel_mmd(*x, *wide, with(kernel, 199));
    EXPECT_DOUBLE_EQ(result.p_value.value, 1. / 200);
    EXPECT_GT(result.distance.value, 5 * result.distance.error);
  }
}

// No relabelling can tell copies apart, so p must be large, not small by rounding.
TEST(Mmd, CopiesOfOneRowAreNotFoundDifferent) {
  const SampleSetPtr x = in_memory(at::full({100, 3}, .1, at::kDouble), "x");
  for (const MmdKernel kernel : {MmdKernel::polynomial, MmdKernel::gaussian}) {
    const MmdResult result = kernel_mmd(*x, *x, with(kernel, 99));
    EXPECT_NEAR(result.distance.value, 0, 1e-12);
    EXPECT_EQ(result.p_value.value, 1);
  }
}

TEST(Mmd, OrderOfRowsAndOfSetsDoesNotMatter) {
  const at::Tensor x = normals(150, 3, 1), y = normals(120, 3, 2) + .2;
  for (const MmdOptions& options : {with(MmdKernel::polynomial, 0), with(MmdKernel::gaussian, 0, 1)}) {
    const Figure f = kernel_mmd(*in_memory(x, "x"), *in_memory(y, "y"), options).distance,
                 g = kernel_mmd(*in_memory(shuffled(x), "x"), *in_memory(shuffled(y), "y"), options).distance,
                 h = kernel_mmd(*in_memory(y, "y"), *in_memory(x, "x"), options).distance;
    EXPECT_NEAR(f.value, g.value, 1e-12);
    EXPECT_NEAR(f.error, g.error, 1e-12);
    EXPECT_NEAR(f.value, h.value, 1e-12);
    EXPECT_NEAR(f.error, h.error, 1e-12);
  }
}

TEST(Mmd, TheBandwidthIsTheMedianDistance) {
  const at::Tensor x = row({0, 1, 3, 7}).view({4, 1});
  // Distances of the eight rows apart: 1, 2, 3, 4, 6, 7, four times each; the lower median is 3.
  const MmdResult result = kernel_mmd(*in_memory(x, "x"), *in_memory(x, "y"), with(MmdKernel::gaussian, 0));
  EXPECT_DOUBLE_EQ(result.bandwidth, 3);
}

TEST(Mmd, BlocksAreSmallHoweverManyRows) {
  const Watched a(6000, 2, 1), b(3000, 2, 2);
  EXPECT_NEAR(kernel_mmd(a, b, with(MmdKernel::polynomial, 9)).distance.value, 0, .1);
  EXPECT_LE(a.largest, 1024);
  EXPECT_LE(b.largest, 1024);
}

TEST(Mmd, TheSameSeedGivesTheSameFigures) {
  const SampleSetPtr x = in_memory(normals(100, 2, 1), "x"), y = in_memory(normals(100, 2, 2), "y");
  MmdOptions options;
  const MmdResult a = kernel_mmd(*x, *y, options), b = kernel_mmd(*x, *y, options);
  EXPECT_EQ(a.p_value.value, b.p_value.value);
  EXPECT_EQ(a.distance.value, b.distance.value);
  options.seed = 1;
  const MmdResult c = kernel_mmd(*x, *y, options);
  EXPECT_NE(a.p_value.value, c.p_value.value);
  EXPECT_NEAR(a.distance.value, c.distance.value, 1e-13);
  EXPECT_EQ(kernel_mmd(*x, *y, with(MmdKernel::polynomial, 0)).p_value.rows, 0);
}

TEST(Mmd, BadInputIsRefused) {
  for (const MmdKernel kernel : {MmdKernel::polynomial, MmdKernel::gaussian})
    expect_bad_pairs_refused(
        [&](const SampleSet& a, const SampleSet& b) { kernel_mmd(a, b, with(kernel, 9)); });
  const SampleSetPtr x = in_memory(normals(9, 3, 1), "x"),
                     huge = in_memory(at::full({9, 3}, 1e120, at::kDouble), "h");
  expect_error(ErrorKind::option, {"bandwidth", "-1"},
               [&] { kernel_mmd(*x, *x, with(MmdKernel::gaussian, 9, -1)); });
  expect_error(ErrorKind::option, {"bandwidth"},
               [&] { kernel_mmd(*x, *x, with(MmdKernel::gaussian, 9, NAN)); });
  expect_error(ErrorKind::option, {"permutations"},
               [&] { kernel_mmd(*x, *x, with(MmdKernel::gaussian, -1)); });
  expect_error(ErrorKind::numeric, {"too large", "h"}, [&] { kernel_mmd(*x, *huge); });
}

}  // namespace
}  // namespace ulam::mmd_test
