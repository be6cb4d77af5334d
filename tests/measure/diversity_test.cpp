#include "ulam/measure/diversity.h"

#include "tests/measure/distribution_support.h"

#include "ulam/measure/resample.h"

namespace ulam::diversity_test {
namespace {
using namespace test;

TEST(Vendi, OrthogonalRowsCountAndCopiesDoNot) {
  for (const std::int64_t k : {1, 2, 5}) {
    // Lengths and signs do not matter to the cosine's square of a second moment.
    const at::Tensor rows = at::eye(5, at::kDouble).narrow(0, 0, k).repeat({12, 1}) * 3.5;
    const Figure figure = vendi_score(*in_memory(rows, "a"));
    EXPECT_NEAR(figure.value, static_cast<double>(k), 1e-12) << k;
    EXPECT_EQ(figure.name, "vendi");
    EXPECT_EQ(figure.rows, 12 * k);
  }
}

// Shares p_i of orthogonal directions: exp of Shannon's entropy.
TEST(Vendi, UnequalSharesAreTheEntropy) {
  const at::Tensor rows =
      at::eye(3, at::kDouble).index_select(0, at::tensor({0, 0, 0, 0, 0, 1, 1, 1, 2, 2}).to(at::kLong));
  const double entropy = -(.5 * std::log(.5) + .3 * std::log(.3) + .2 * std::log(.2));
  EXPECT_NEAR(vendi_score(*in_memory(rows, "a")).value, std::exp(entropy), 1e-12);
}

// The definition, by the eigenvalues of the n x n kernel, with fewer and with more rows than dimensions.
TEST(Vendi, IsTheDefinition) {
  for (const std::int64_t n : {6, 40}) {
    const at::Tensor rows = normals(n, 12, 3) + .5;
    const at::Tensor unit = rows / rows.norm(2, {1}, true);
    const at::Tensor values = at::linalg_eigvalsh(at::mm(unit, unit.t()) / n).clamp_min(1e-300);
    const double expected = std::exp(-(values * values.log()).sum().item<double>());
    EXPECT_NEAR(vendi_score(*in_memory(rows, "a")).value, expected, 1e-9 * expected) << n;
  }
}

TEST(Vendi, OrderAndLengthsDoNotMatter) {
  const at::Tensor rows = normals(200, 4, 1);
  const double value = vendi_score(*in_memory(rows, "a")).value;
  EXPECT_NEAR(vendi_score(*in_memory(shuffled(rows), "a")).value, value, 1e-11);
  EXPECT_NEAR(vendi_score(*in_memory(rows * normals(200, 1, 2).abs().add(.01) * 1e-200, "a")).value, value,
              1e-11);
}

TEST(Vendi, ManyRowsNeedNoLargerBlocks) {
  DiversityOptions options;
  options.replicates = 0;
  for (const std::int64_t n : {10000, 50000}) {
    const Watched set(n, 6, 1);
    EXPECT_NEAR(vendi_score(set, options).value, 6, .01);
    EXPECT_EQ(set.largest, 4096);
    EXPECT_EQ(set.read, n);
  }
}

// Statistical: the mean of 50 reported errors (13 % each) is the spread of 50 values (known to 10 %); 5
// sigma.
TEST(Vendi, StatisticalErrorIsTheSpreadOfRepeats) {
  std::vector<double> values, errors;
  for (std::uint64_t r = 0; r < 50; ++r) {
    const Figure figure = vendi_score(*in_memory(normals(400, 4, r) * row({1, 2, .5, 1}) + 1, "a"));
    values.push_back(figure.value);
    errors.push_back(figure.error);
  }
  EXPECT_NEAR(mean_of(errors).value / (mean_of(values).error * std::sqrt(50.)), 1, 5 * .105);
}

TEST(Vendi, BadInputIsRefused) {
  at::Tensor rows = normals(9, 3, 1);
  rows[5].zero_();
  expect_error(ErrorKind::numeric, {"a", "row 5", "zeros"}, [&] { vendi_score(*in_memory(rows, "a")); });
  rows[5][0] = std::nan("");
  expect_error(ErrorKind::numeric, {"a", "row 5"}, [&] { vendi_score(*in_memory(rows, "a")); });
  expect_error(ErrorKind::option, {"few", "3 rows"},
               [] { vendi_score(*in_memory(normals(3, 3, 1), "few")); });
  DiversityOptions options;
  options.replicates = 1;
  expect_error(ErrorKind::option, {"replicates"},
               [&] { vendi_score(*in_memory(normals(9, 3, 1), "a"), options); });
}

}  // namespace
}  // namespace ulam::diversity_test
