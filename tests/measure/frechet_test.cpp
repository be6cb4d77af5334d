#include "ulam/measure/frechet.h"

#include "tests/measure/distribution_support.h"

#include "ulam/measure/resample.h"

namespace ulam::frechet_test {
namespace {
using namespace test;

Moments gaussian(const at::Tensor& mean, const at::Tensor& covariance) {
  return {1e6, mean, covariance * (1e6 - 1)};
}
at::Tensor rotation(std::int64_t d) { return std::get<0>(at::linalg_qr(normals(d, d, 99))); }

// Covariances that commute: sum of (sqrt u - sqrt v)^2, in any rotation.
TEST(Frechet, CommutingCovariancesAreTheClosedForm) {
  const at::Tensor u = row({.1, 1, 4, 9}), v = row({.4, 1, 1, 16}), q = rotation(4);
  const auto matrix = [&](const at::Tensor& values) { return at::mm(q * values, q.t()); };
  const at::Tensor zero = at::zeros({4}, at::kDouble), shift = row({1, -2, 0, 2});
  const double expected = 9 + (u.sqrt() - v.sqrt()).square().sum().item<double>();
  EXPECT_NEAR(frechet_distance(gaussian(zero, matrix(u)), gaussian(shift, matrix(v))), expected, 1e-11);
}

// In two dimensions tr (AB)^(1/2) = sqrt(tr AB + 2 sqrt(det AB)), also where A and B do not commute.
TEST(Frechet, TwoDimensionsAreTheClosedForm) {
  const at::Tensor a = row({2, .7, .7, 1}).view({2, 2}), b = row({.5, -.3, -.3, 3}).view({2, 2});
  const at::Tensor zero = at::zeros({2}, at::kDouble), ab = at::mm(a, b);
  const double root = std::sqrt(ab.trace().item<double>() + 2 * std::sqrt(at::linalg_det(ab).item<double>()));
  const double expected = (a.trace() + b.trace()).item<double>() - 2 * root;
  EXPECT_NEAR(frechet_distance(gaussian(zero, a), gaussian(zero, b)), expected, 1e-12);
  EXPECT_NEAR(frechet_distance(gaussian(zero, b), gaussian(zero, a)), expected, 1e-12);
}

// Cholesky fails on a singular matrix; the distance must not.
TEST(Frechet, SingularCovariancesAreTheClosedForm) {
  const at::Tensor q = rotation(3), zero = at::zeros({3}, at::kDouble);
  const auto matrix = [&](const at::Tensor& values) { return at::mm(q * values, q.t()); };
  const Moments flat = gaussian(zero, matrix(row({4, 1, 0}))), other = gaussian(zero, matrix(row({1, 0, 9})));
  const Moments point = gaussian(zero, at::zeros({3, 3}, at::kDouble));
  EXPECT_NEAR(frechet_distance(flat, other), 1 + 1 + 9, 1e-6);
  EXPECT_NEAR(frechet_distance(other, flat), 1 + 1 + 9, 1e-6);
  EXPECT_NEAR(frechet_distance(point, flat), 5, 1e-6);
  EXPECT_NEAR(frechet_distance(flat, flat), 0, 1e-6);
  EXPECT_EQ(frechet_distance(point, point), 0);
}

TEST(Frechet, ASetAgainstItselfIsZeroAndAgainstItsShiftTheSquare) {
  const at::Tensor rows = normals(500, 6, 1), shift = row({1, 0, -2, 0, 0, 2});
  const SampleSetPtr set = in_memory(rows, "a"), moved = in_memory(rows + shift, "b");
  EXPECT_NEAR(frechet_distance(*set, *set).value, 0, 1e-10);
  EXPECT_NEAR(frechet_distance(*set, *moved).value, 9, 1e-9);
  EXPECT_GT(frechet_distance(*set, *moved).error, 0);
}

TEST(Frechet, OrderOfRowsAndOfSetsDoesNotMatter) {
  const at::Tensor x = normals(300, 4, 1), y = normals(200, 4, 2) * 2;
  const double value = frechet_distance(*in_memory(x, "x"), *in_memory(y, "y")).value;
  EXPECT_NEAR(frechet_distance(*in_memory(shuffled(x), "x"), *in_memory(shuffled(y), "y")).value, value,
              1e-11);
  EXPECT_NEAR(frechet_distance(*in_memory(y, "y"), *in_memory(x, "x")).value, value, 1e-11);
}

TEST(Frechet, TheSameSeedGivesTheSameFigure) {
  const SampleSetPtr x = in_memory(normals(300, 4, 1), "x"), y = in_memory(normals(300, 4, 2), "y");
  FrechetOptions other;
  other.seed = 1;
  const Figure a = frechet_distance(*x, *y), b = frechet_distance(*x, *y),
               c = frechet_distance(*x, *y, other);
  EXPECT_EQ(a.value, b.value);
  EXPECT_EQ(a.error, b.error);
  EXPECT_NE(a.error, c.error);
  EXPECT_NEAR(a.value, c.value, 1e-12);
}

// 50,000 rows are read in blocks no larger than 10,000 are, each row once a set.
TEST(Frechet, ManyRowsNeedNoLargerBlocks) {
  FrechetOptions options;
  options.replicates = 0;
  for (const std::int64_t n : {10000, 50000}) {
    const Watched a(n, 8, 1), b(n, 8, 2, .5);
    const Figure figure = frechet_distance(a, b, options);
    EXPECT_EQ(a.largest, 4096);
    EXPECT_EQ(b.largest, 4096);
    EXPECT_EQ(a.read, n);
    EXPECT_EQ(b.read, n);
    EXPECT_NEAR(figure.value, 2, .2);
    EXPECT_EQ(figure.error, 0);
    EXPECT_EQ(figure.error_by, "");
  }
}

// 50 pairs of sets with a known distance: the mean error reported is the spread of the values, and the bias
// that the bootstrap sees is the true one. Statistical: a spread of 50 is known to 10 %, the mean of 50
// errors of 18 % each to 3 %; 5 sigma of 10.5 %.
TEST(Frechet, StatisticalErrorIsTheSpreadOfRepeats) {
  const at::Tensor scale = row({1, 2, .5, 1}), shift = row({1, 0, 0, -1});
  const double truth = 2 + 1 + .25;
  std::vector<double> values, errors;
  for (std::uint64_t r = 0; r < 50; ++r) {
    const SampleSetPtr a = in_memory(normals(400, 4, 2 * r), "a"),
                       b = in_memory(normals(400, 4, 2 * r + 1) * scale + shift, "b");
    const Figure figure = frechet_distance(*a, *b);
    values.push_back(figure.value);
    errors.push_back(figure.error);
  }
  const Mean value = mean_of(values), error = mean_of(errors);
  const double spread = value.error * std::sqrt(50.);
  EXPECT_NEAR(error.value / spread, 1, 5 * .105);
  // Bias: tr(C_a + C_b) / n for the means and less than as much again for the roots.
  EXPECT_GT(value.value - truth, -5 * value.error);
  EXPECT_LT(value.value - truth, 2 * (4 + 6.25) / 400 + 5 * value.error);
}

// Equal laws: the distance falls as 1 / n. The bootstrap of a square with mean 0 counts its variance three
// times, so the error is too large by sqrt(3). Statistical: 5 sigma.
TEST(Frechet, StatisticalBiasFallsWithTheRows) {
  std::vector<double> small, large, errors;
  for (std::uint64_t r = 0; r < 50; ++r) {
    for (const std::int64_t n : {200, 800}) {
      FrechetOptions options;
      options.replicates = n == 200 ? 64 : 0;
      const Figure figure = frechet_distance(*in_memory(normals(n, 4, 1000 + 2 * r), "a"),
                                             *in_memory(normals(n, 4, 1001 + 2 * r), "b"), options);
      (n == 200 ? small : large).push_back(figure.value);
      if (n == 200) errors.push_back(figure.error);
    }
  }
  const Mean s = mean_of(small), l = mean_of(large);
  EXPECT_NEAR(s.value / l.value, 4, 4 * 5 * std::hypot(s.error / s.value, l.error / l.value));
  const double ratio = mean_of(errors).value / (s.error * std::sqrt(50.));
  EXPECT_GT(ratio, 1 - 5 * .105);
  EXPECT_LT(ratio, std::sqrt(3.) * (1 + 5 * .105));
}

TEST(Frechet, NotesSayWhatAReaderNeeds) {
  const SampleSetPtr a = in_memory(normals(20, 30, 1), "a"), b = in_memory(normals(40, 30, 2), "b");
  const Figure figure = frechet_distance(*a, *b);
  EXPECT_NE(figure.note.find("fewer samples than dimensions (20 rows, 30"), std::string::npos) << figure.note;
  EXPECT_NE(figure.note.find("O(1/n)"), std::string::npos);
  EXPECT_EQ(figure.rows, 20);
  EXPECT_EQ(figure.name, "frechet");
  EXPECT_TRUE(std::isfinite(figure.value) && std::isfinite(figure.error));
}

// The least input: groups of two rows, and sets without any spread.
TEST(Frechet, FourRowsAndConstantRowsWork) {
  const SampleSetPtr four = in_memory(row({1, 2, 3, 4}), "a"), moved = in_memory(row({3, 4, 5, 6}), "b");
  const Figure figure = frechet_distance(*four, *moved);
  EXPECT_NEAR(figure.value, 4, 1e-12);
  EXPECT_TRUE(std::isfinite(figure.error));
  EXPECT_EQ(figure.error_by, "bootstrap of 2 groups");
  const SampleSetPtr ones = in_memory(at::ones({9, 2}), "a"), threes = in_memory(at::full({9, 2}, 3.f), "b");
  EXPECT_EQ(frechet_distance(*ones, *threes).value, 8);
  EXPECT_EQ(frechet_distance(*ones, *threes).error, 0);
}

TEST(Frechet, BadInputIsRefused) {
  expect_bad_pairs_refused([](const SampleSet& a, const SampleSet& b) { frechet_distance(a, b); });
  FrechetOptions options;
  options.replicates = 1;
  const SampleSetPtr a = in_memory(normals(20, 3, 1), "a");
  expect_error(ErrorKind::option, {"replicates: 1"}, [&] { frechet_distance(*a, *a, options); });
  expect_error(ErrorKind::shape, {"3", "2"},
               [&] { frechet_distance(moments_of(*a), moments_of_rows(normals(5, 2, 1))); });
}

}  // namespace
}  // namespace ulam::frechet_test
