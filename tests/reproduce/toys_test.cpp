#include "ulam/reproduce/toys.h"

#include <cmath>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace ulam::toys_test {
namespace {

double answer(const ModelPtr& model, double x, double t) {
  Call call;
  return model->forward(at::full({1, 1}, x, at::kDouble), at::full({1}, t, at::kDouble), {}, call)
      .item<double>();
}

// eps is -s times the score, by differences of the log density.
double eps_of(const std::function<double(double)>& density, const Marginal& m, double x) {
  const double h = 1e-5;
  return -m.s * (std::log(density(x + h)) - std::log(density(x - h))) / (2 * h);
}
double normal(double x, const Marginal& m, double mean, double variance) {
  const double spread = m.a * m.a * variance + m.s * m.s, d = x - m.a * mean;
  return std::exp(-.5 * d * d / spread) / std::sqrt(spread);
}

TEST(Toys, GuidanceExtrapolatesTheTwoPredictions) {
  for (const bool mixed : {false, true}) {
    GaussianPair pair;
    pair.mean = 1, pair.variance = .04, pair.other_mean = -1, pair.other_variance = .09, pair.mixed = mixed;
    const ModelPtr one = guided_gaussian(pair, 1), none = guided_gaussian(pair, 0),
                   more = guided_gaussian(pair, 3);
    const Marginal m = one->info().path.at(.3);
    for (const double x : {-.5, .1, .9}) {
      const auto asked = [&](double v) { return normal(v, m, 1, .04); };
      const auto other = [&](double v) { return normal(v, m, -1, .09) + (mixed ? asked(v) : 0); };
      EXPECT_NEAR(answer(one, x, .3), eps_of(asked, m, x), 1e-7);
      EXPECT_NEAR(answer(none, x, .3), eps_of(other, m, x), 1e-7);
      EXPECT_NEAR(answer(more, x, .3), 3 * answer(one, x, .3) - 2 * answer(none, x, .3), 1e-12);
    }
  }
}
TEST(Toys, TheErrorGrowsTowardsTheData) {
  const ModelPtr model = guided_gaussian({}, 1), wrong = with_low_noise_error(model, .1);
  EXPECT_NEAR(answer(wrong, .3, 1) / answer(model, .3, 1), 1, 1e-14);
  EXPECT_NEAR(answer(wrong, .3, .2) / answer(model, .3, .2), 1.08, 1e-14);
}

}  // namespace
}  // namespace ulam::toys_test
