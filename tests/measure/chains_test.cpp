#include "ulam/measure/chains.h"

#include "tests/errors.h"
#include <cmath>
#include <limits>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/base/key.h"
#include "ulam/kernels/normal.h"
#include "ulam/measure/resample.h"

namespace ulam::chains_test {
namespace {

/// Stationary AR(1) chains of unit variance: x' = r x + sqrt(1 - r^2) z.
at::Tensor autoregression(std::int64_t chains, std::int64_t draws, double r, std::uint64_t id) {
  at::Tensor out = at::empty({chains, draws}, at::kDouble);
  double* x = out.data_ptr<double>();
  kernels::fill_normal({make_key(14, Stream::test), id, 0}, 0,
                       std::span<double>(x, static_cast<std::size_t>(out.numel())));
  for (std::int64_t c = 0; c < chains; ++c)
    for (std::int64_t i = 1; i < draws; ++i)
      x[c * draws + i] = r * x[c * draws + i - 1] + std::sqrt(1 - r * r) * x[c * draws + i];
  return out;
}

/// The effective size straight from its definition, lag by lag (no FFT), for one chain of segments.
double autocovariance(const at::Tensor& x, std::int64_t lag) {
  const at::Tensor y = x - x.mean();
  return (y.narrow(0, 0, x.size(0) - lag) * y.narrow(0, lag, x.size(0) - lag)).sum().item<double>() /
         static_cast<double>(x.size(0));
}

// ESS of an autoregression is S (1 - r) / (1 + r). Statistical: the estimate's own error, 5 sigma.
TEST(Chains, StatisticalAutoregressionsHaveTheKnownSize) {
  for (const double r : {0., .5, .9}) {
    const at::Tensor x = autoregression(4, 20000, r, 1);
    const double known = 80000 * (1 - r) / (1 + r);
    const Figure f = chain_ess(x);
    EXPECT_EQ(f.name, "ess");
    EXPECT_EQ(f.rows, 80000);
    // Normal scores of a normal chain have its autocorrelations.
    EXPECT_NEAR(f.value, known, 5 * f.error) << r;
    EXPECT_NEAR(effective_size(x).size, known, 5 * f.error) << r;
    EXPECT_LT(f.error, .15 * known) << r;
  }
}

// Antithetic chains are worth more than their draws.
TEST(Chains, StatisticalAntitheticChainsExceedTheirDraws) {
  const double size = effective_size(autoregression(4, 20000, -.5, 2)).size;
  EXPECT_NEAR(size / (80000 * 3.), 1, .1);
}

// The said error of the size is the scatter of repeats. Statistical; the window is wider than it need be.
TEST(Chains, StatisticalErrorOfTheSizeIsTheScatterOfRepeats) {
  std::vector<double> values, errors;
  for (std::uint64_t r = 0; r < 100; ++r) {
    const Figure f = chain_ess(autoregression(4, 2000, .6, 10 + r));
    values.push_back(f.value);
    errors.push_back(f.error);
  }
  const double scatter = mean_of(values).error * 10, said = mean_of(errors).value;
  RecordProperty("ratio", std::to_string(said / scatter));
  EXPECT_GT(said / scatter, .6);
  EXPECT_LT(said / scatter, 1.8);
}

// One segment pair: size by FFT against the plain sums.
TEST(Chains, TheTransformGivesThePlainSums) {
  const at::Tensor x = autoregression(1, 401, .8, 3);
  const at::Tensor a = x[0].narrow(0, 0, 200), b = x[0].narrow(0, 201, 200);
  const double within = (a.var(true).item<double>() + b.var(true).item<double>()) / 2;
  const double between = at::stack({a.mean(), b.mean()}).var(0, true).item<double>();
  const double pooled = within * 199 / 200 + between;
  double sum = 0, last = 1e9, tail = 0;
  for (std::int64_t lag = 0; lag < 199; lag += 2) {
    const auto rho = [&](std::int64_t k) {
      return k == 0 ? 1 : 1 - (within - (autocovariance(a, k) + autocovariance(b, k)) / 2) / pooled;
    };
    const double pair = rho(lag) + rho(lag + 1);
    if (pair <= 0) {
      tail = std::max(0., rho(lag));
      break;
    }
    last = std::min(last, pair);
    sum += last;
  }
  EXPECT_NEAR(effective_size(x).time, 2 * sum - 1 + tail, 1e-9);
}

// The mean of all draws misses by what mcse says. Statistical.
TEST(Chains, StatisticalStandardErrorIsTheScatterOfMeans) {
  std::vector<double> means, said;
  for (std::uint64_t r = 0; r < 200; ++r) {
    const at::Tensor x = autoregression(2, 1000, .7, 200 + r);
    means.push_back(x.mean().item<double>());
    said.push_back(chain_mcse(x).value);
  }
  EXPECT_NEAR(mean_of(said).value / (mean_of(means).error * std::sqrt(200.)), 1, 5 * .05);
}

// One R-hat for each way of not having mixed; 1 for chains that have. Statistical.
TEST(Chains, StatisticalRhatSeesShiftDriftAndScale) {
  const at::Tensor good = autoregression(4, 2000, .3, 4);
  EXPECT_LT(split_rhat(good), 1.01);
  EXPECT_GT(split_rhat(good), .99);
  at::Tensor shifted = good.clone();
  shifted[2] += 1;
  EXPECT_GT(split_rhat(shifted), 1.05);
  EXPECT_GT(split_rhat(shifted, false), 1.05);
  const at::Tensor drifting = good + at::linspace(-1, 1, 2000, at::kDouble);
  EXPECT_GT(split_rhat(drifting), 1.05);  // only the halves show it
  at::Tensor wider = good.clone();
  wider[1] *= 3;
  EXPECT_GT(split_rhat(wider), 1.05);  // only the folded scores show it
  EXPECT_LT(split_rhat(wider, false), 1.02);
}

// Two halves at 0 and 1 with equal scatter: R-hat by hand.
TEST(Chains, RhatByHand) {
  const at::Tensor x = at::tensor({0., 2., 0., 2., 3., 5., 3., 5.}, at::kDouble).reshape({1, 8});
  // Halves have means 1 and 4 and variance 4/3 each: pooled = 4/3 * 3/4 + 9/2.
  EXPECT_NEAR(split_rhat(x, false), std::sqrt(5.5 / (4. / 3)), 1e-12);
}

TEST(Chains, ScoresAreThoseOfTheRanksWithTiesInTheMiddle) {
  const at::Tensor x = at::tensor({5., 1., 1., 9., 2., 3., 4., 100.}, at::kDouble).reshape({1, 8});
  const at::Tensor z = rank_normalised(x);
  const auto level = [](double rank) { return (rank - .375) / 8.25; };
  const auto normal = [](double s) { return std::erfc(-s / std::sqrt(2.)) / 2; };
  EXPECT_NEAR(normal(z[0][1].item<double>()), level(1.5), 1e-12);
  EXPECT_EQ(z[0][1].item<double>(), z[0][2].item<double>());
  EXPECT_NEAR(normal(z[0][7].item<double>()), level(8), 1e-12);
  EXPECT_NEAR(normal(z[0][0].item<double>()), level(6), 1e-12);
}

// Of several dimensions the worst is told, by number.
TEST(Chains, TheWorstDimensionIsNamed) {
  const at::Tensor x = at::stack(
      {autoregression(4, 500, .1, 5), autoregression(4, 500, .9, 6), autoregression(4, 500, .2, 7)}, 2);
  const Figure ess = chain_ess(x);
  EXPECT_EQ(ess.value, chain_ess(x.select(2, 1)).value);
  EXPECT_NE(ess.note.find("smallest of 3 dimensions: number 1;"), std::string::npos) << ess.note;
  at::Tensor y = x.clone();
  y.select(2, 2)[0] += 2;
  EXPECT_NE(chain_rhat(y).note.find("number 2;"), std::string::npos);
  EXPECT_GT(chain_rhat(y).error, 0);
  EXPECT_NE(chain_mcse(x * at::tensor({1., 1., 100.}, at::kDouble)).note.find("number 2;"),
            std::string::npos);
}

TEST(Chains, BadInputIsRefusedInOneSentence) {
  using testing::error_text;
  EXPECT_NE(error_text([] { chain_ess(at::zeros({3})); }).find("[chains, draws]"), std::string::npos);
  EXPECT_NE(error_text([] { chain_ess(at::zeros({3, 7})); }).find("7 draws"), std::string::npos);
  EXPECT_NE(error_text([] { chain_ess(at::ones({3, 20})); }).find("never moves"), std::string::npos);
  EXPECT_NE(error_text([] { chain_rhat(at::ones({3, 20})); }).find("never moves"), std::string::npos);
  at::Tensor bad = autoregression(3, 20, 0, 8);
  bad[1][7] = std::numeric_limits<double>::infinity();
  EXPECT_NE(error_text([&] { chain_rhat(bad); }).find("draw 7 of chain 1"), std::string::npos);
  EXPECT_THROW(effective_size(at::zeros({2, 20, 2})), Error);
}

}  // namespace
}  // namespace ulam::chains_test
