#include "ulam/measure/rareness.h"

#include "tests/measure/distribution_support.h"

namespace ulam::rareness_test {
namespace {
using namespace test;

double plain_distance(const at::Tensor& x, const at::Tensor& y, std::int64_t k, bool within) {
  at::Tensor d = (x.unsqueeze(1) - y.unsqueeze(0)).square().sum(2).sqrt();
  if (within) d.fill_diagonal_(1e300);
  return std::get<0>(d.sort(1)).narrow(1, 0, k).mean().item<double>();
}

// Neighbours found block by block must be those of the whole, and a row of the reference is not its own
// neighbour.
TEST(NeighbourDistance, IsTheDefinitionWhateverTheBlocks) {
  for (const auto& [n, m] :
       std::vector<std::pair<std::int64_t, std::int64_t>>{{14, 20}, {1100, 70}, {70, 1100}}) {
    const at::Tensor x = normals(n, 3, 1) * 1.2, y = normals(m, 3, 2) + .5;
    const Figure f = neighbour_distance(*in_memory(x, "x"), *in_memory(y, "y"), 5);
    EXPECT_NEAR(f.value, plain_distance(x, y, 5, false), 1e-9) << n;
    const Figure own = neighbour_distance(*in_memory(y, "y"), *in_memory(y, "y"), 5);
    EXPECT_NE(own.note.find(figure_text(plain_distance(y, y, 5, true), 0).substr(0, 4)), std::string::npos)
        << own.note;
    EXPECT_GT(f.error, 0);
  }
}

TEST(NeighbourDistance, RefusesTooFewRows) {
  const auto few = in_memory(normals(4, 2, 1), "few");
  EXPECT_THROW(neighbour_distance(*few, *few, 5), Error);
  EXPECT_THROW(neighbour_distance(*few, *few, 0), Error);
}

at::Tensor ranks(std::int64_t n) { return at::arange(n, at::kDouble); }

// The reference against itself has its tail; ties count below the threshold.
TEST(TailShare, OfTheReferenceItselfIsTheTail) {
  EXPECT_DOUBLE_EQ(tail_share(ranks(200), {}, ranks(200), {}).value, .1);
  EXPECT_DOUBLE_EQ(tail_share(ranks(200), {}, ranks(200), {}, {.25}).value, .25);
  EXPECT_DOUBLE_EQ(tail_share(at::ones({50}, at::kDouble), {}, at::ones({60}, at::kDouble), {}).value, 0);
}

// Class 1 scores 1000 higher than class 0: by class nothing is rare about it, in one list everything is.
TEST(TailShare, EveryClassHasItsOwnThreshold) {
  const at::Tensor scores = at::cat({ranks(100), ranks(100) + 1000});
  const at::Tensor labels = at::cat({at::zeros({100}, at::kLong), at::ones({100}, at::kLong)});
  const at::Tensor ones = at::ones({100}, at::kLong);
  EXPECT_DOUBLE_EQ(tail_share(ranks(100) + 1000, ones, scores, labels).value, .1);
  EXPECT_DOUBLE_EQ(tail_share(ranks(100) + 1000, {}, scores, labels).value, .2);
}

// The bootstrap's error against the spread over fresh sets, 200 repeats: 5 % of it known, 64 resamples give 9
// %.
TEST(TailShare, ErrorIsTheSpreadOverFreshSetsStatistical) {
  std::vector<double> values, errors;
  for (std::uint64_t r = 0; r < 200; ++r) {
    const Figure f = tail_share(normals(150, 1, 2 * r + 1).flatten() + .5, {},
                                normals(200, 1, 2 * r + 2).flatten(), {}, {.1, 64, r});
    values.push_back(f.value);
    errors.push_back(f.error);
  }
  const at::Tensor v = row(values);
  // P(z + 0.5 > 1.2816) = 0.2170
  EXPECT_NEAR(v.mean().item<double>(), .217, 5 * v.std().item<double>() / std::sqrt(200.) + .005);
  EXPECT_NEAR(row(errors).mean().item<double>() / v.std().item<double>(), 1, .25);
}

TEST(TailShare, RefusesWhatHasNoRank) {
  EXPECT_THROW(tail_share(at::full({3}, NAN, at::kDouble), {}, ranks(9), {}), Error);
  EXPECT_THROW(tail_share(ranks(3), at::full({3}, 7, at::kLong), ranks(9), at::zeros({9}, at::kLong)), Error);
  EXPECT_THROW(tail_share(ranks(3), at::zeros({2}, at::kLong), ranks(9), at::zeros({9}, at::kLong)), Error);
  EXPECT_THROW(tail_share(ranks(3), {}, ranks(9), {}, {1.}), Error);
}

}  // namespace
}  // namespace ulam::rareness_test
