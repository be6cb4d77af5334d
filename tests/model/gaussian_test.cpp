#include "ulam/model/gaussian.h"

#include "support.h"
#include "tests/errors.h"
#include <cmath>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace ulam::gaussian_test {
namespace {

using test::max_difference;
using testing::expect_error;

at::Tensor doubles(const std::vector<std::int64_t>& shape, std::uint64_t id) {
  return test::normals(shape, id).to(at::kDouble);
}

/// A covariance with eigenvalues from .01 to 4 and its mean.
struct Case {
  at::Tensor mean, covariance;
};
Case anisotropic(std::int64_t d, std::uint64_t id = 1) {
  const at::Tensor q = std::get<0>(at::linalg_qr(doubles({d, d}, id)));
  const at::Tensor values = at::logspace(-2, std::log10(4.), d, 10., at::kDouble);
  return {doubles({d}, id + 1), at::mm(q * values, q.t())};
}

Marginal edm(double sigma) { return {1, sigma, 0, 1}; }
Marginal vp(double a) { return {a, std::sqrt(1 - a * a), 0, 0}; }

TEST(Gaussian, EigenpairsGiveBackTheCovariance) {
  const Case c = anisotropic(7);
  const Gaussian g = make_gaussian(c.mean, c.covariance, 7);
  EXPECT_EQ(g.rest, 0);
  EXPECT_LT(max_difference(at::mm(g.vectors.t() * g.values, g.vectors), c.covariance), 1e-13);
  EXPECT_TRUE((g.values.slice(0, 0, -1) >= g.values.slice(0, 1)).all().item<bool>());
  EXPECT_NEAR(g.variance(), c.covariance.trace().item<double>(), 1e-12);
}

// The dropped directions keep their share of the variance.
TEST(Gaussian, TheRestHoldsTheMeanOfTheDroppedEigenvalues) {
  const Case c = anisotropic(7);
  const Gaussian all = make_gaussian(c.mean, c.covariance, 7), some = make_gaussian(c.mean, c.covariance, 3);
  EXPECT_EQ(some.rank(), 3);
  EXPECT_NEAR(some.rest, all.values.slice(0, 3).mean().item<double>(), 1e-14);
  EXPECT_NEAR(some.variance(), all.variance(), 1e-12);
  EXPECT_EQ(make_gaussian(c.mean, c.covariance, 7, all.values[4].item<double>() * 1.0001).rank(), 4);
  EXPECT_EQ(make_gaussian(c.mean, c.covariance, 100).rank(), 7);
}

// D is the posterior mean: the closed form with a dense inverse, on EDM and VP, full and low rank.
TEST(Gaussian, DenoiseIsThePosteriorMean) {
  for (const std::int64_t rank : {7, 3, 0}) {
    const Case full = anisotropic(7);
    const Gaussian g = make_gaussian(full.mean, full.covariance, rank);
    const at::Tensor eye = at::eye(7, at::kDouble), projector = at::mm(g.vectors.t(), g.vectors);
    const at::Tensor c = at::mm(g.vectors.t() * g.values, g.vectors) + (eye - projector) * g.rest;
    for (const Marginal& m : {edm(80), edm(2), edm(.05), vp(.01), vp(.7), vp(.99)}) {
      const at::Tensor x = doubles({5, 7}, 9) * m.s + c.select(0, 0) * m.a;
      const at::Tensor gain = at::mm(c * m.a, at::linalg_inv(c * m.a * m.a + eye * m.s * m.s));
      const at::Tensor wanted = g.mean + at::mm(x - g.mean * m.a, gain.t());
      EXPECT_LT(max_difference(denoise(g, x, m), wanted), 1e-11) << rank << " " << m.s;
    }
  }
}

TEST(Gaussian, TheLimitsOfTheMarginalAreExact) {
  const Case c = anisotropic(4);
  const Gaussian g = make_gaussian(c.mean, c.covariance, 4);
  const at::Tensor x = doubles({3, 4}, 5);
  EXPECT_TRUE(at::equal(denoise(g, x, {2, 0, 0, 0}), x / 2));
  EXPECT_LT(max_difference(denoise(g, x, {0, 1, 0, 0}), g.mean.expand({3, 4})), 1e-15);
  // From pure noise of the flow path (a = 0) the start carries no trace of the mean.
  const at::Tensor there = teleport(g, x, {0, 1, 0, 0}, {1, 0, 0, 0});
  EXPECT_LT(max_difference(at::mm(there - g.mean, g.vectors.t()), at::mm(x, g.vectors.t()) * g.values.sqrt()),
            1e-13);
}

/// dx/dsigma = (x - D) / sigma by classical Runge-Kutta in log sigma.
at::Tensor integrate(const Gaussian& g, at::Tensor x, double from, double to, int steps) {
  const double h = std::log(to / from) / steps;
  const auto slope = [&](const at::Tensor& y, double u) { return y - denoise(g, y, edm(std::exp(u))); };
  for (int i = 0; i < steps; ++i) {
    const double u = std::log(from) + i * h;
    const at::Tensor k1 = slope(x, u), k2 = slope(x + k1 * (h / 2), u + h / 2),
                     k3 = slope(x + k2 * (h / 2), u + h / 2), k4 = slope(x + k3 * h, u + h);
    x = x + (k1 + k2 * 2 + k3 * 2 + k4) * (h / 6);
  }
  return x;
}

TEST(Gaussian, TeleportIsTheProbabilityFlow) {
  for (const std::int64_t rank : {6, 2}) {
    const Case c = anisotropic(6);
    const Gaussian g = make_gaussian(c.mean, c.covariance, rank);
    const at::Tensor x = doubles({4, 6}, 3) * 80;
    for (const double sigma : {10., .02})
      EXPECT_LT(max_difference(teleport(g, x, edm(80), edm(sigma)), integrate(g, x, 80, sigma, 2000)), 1e-8)
          << sigma;
  }
}

TEST(Gaussian, JumpsComposeAndStandingStillIsTheIdentity) {
  const Case c = anisotropic(6);
  const Gaussian g = make_gaussian(c.mean, c.covariance, 4);
  const at::Tensor x = doubles({4, 6}, 3) * 80;
  EXPECT_LT(max_difference(teleport(g, x, edm(80), edm(80)), x), 1e-13);
  const at::Tensor twice = teleport(g, teleport(g, x, edm(80), edm(7)), edm(7), edm(.1));
  EXPECT_LT(max_difference(twice, teleport(g, x, edm(80), edm(.1))), 1e-12);
  EXPECT_LT(max_difference(teleport(g, twice, edm(.1), edm(80)), x), 1e-11);
}

// x = teleport is affine; its linear part takes the covariance of the start to C exactly as s -> 0.
TEST(Gaussian, TheWholeJumpGivesTheCovarianceOfTheData) {
  const Case c = anisotropic(6);
  const Gaussian g = make_gaussian(c.mean, c.covariance, 6);
  const at::Tensor zero = at::zeros({1, 6}, at::kDouble), eye = at::eye(6, at::kDouble);
  const at::Tensor shift = teleport(g, zero, edm(80), edm(0));
  const at::Tensor linear = (teleport(g, eye, edm(80), edm(0)) - shift).t();
  const at::Tensor start = c.covariance + eye * 6400.;
  EXPECT_LT(max_difference(at::mm(at::mm(linear, start), linear.t()), c.covariance), 1e-11);
  // The mean of the start goes to the mean of the data.
  EXPECT_LT(max_difference(teleport(g, g.mean.unsqueeze(0), edm(80), edm(0)), g.mean.unsqueeze(0)), 1e-13);
}

// What applies (1) to x instead of x/a fails here.
TEST(Gaussian, VpAndEdmAgreeThroughXOverA) {
  const Case c = anisotropic(6);
  const Gaussian g = make_gaussian(c.mean, c.covariance, 3);
  const Marginal from = vp(.02), to = vp(.8);
  const at::Tensor x = doubles({4, 6}, 3);
  const Marginal from_edm = edm(from.s / from.a), to_edm = edm(to.s / to.a);
  EXPECT_LT(max_difference(teleport(g, x, from, to) / to.a, teleport(g, x / from.a, from_edm, to_edm)),
            1e-12);
  EXPECT_LT(max_difference(denoise(g, x, to), denoise(g, x / to.a, to_edm)), 1e-13);
}

// With r = d the perpendicular part is 0, so its factor must not matter.
TEST(Gaussian, AtFullRankTheRestDoesNotMatter) {
  const Case c = anisotropic(5);
  Gaussian g = make_gaussian(c.mean, c.covariance, 5);
  const at::Tensor x = doubles({4, 5}, 3) * 10, before = teleport(g, x, edm(10), edm(1));
  g.rest = 3;
  EXPECT_LT(max_difference(teleport(g, x, edm(10), edm(1)), before), 1e-13);
}

// What treats the perpendicular part as 0 fails here: without directions the isotropic formula is left.
TEST(Gaussian, WithoutDirectionsItIsIsotropic) {
  Gaussian g = make_gaussian(at::ones({3}, at::kDouble), at::eye(3, at::kDouble) * 2., 0);
  const at::Tensor x = doubles({4, 3}, 3) * 10;
  const double factor = std::sqrt((1. + 2) / (100 + 2));
  EXPECT_LT(max_difference(teleport(g, x, edm(10), edm(1)), (x - 1) * factor + 1), 1e-13);
}

// The result of a row is the same alone and in any batch: bits of a float draw do not depend on neighbours.
TEST(Gaussian, BitsOfARowDependOnNothingElse) {
  const Case c = anisotropic(40);
  const Gaussian g = make_gaussian(c.mean, c.covariance, 9);
  const at::Tensor x = test::normals({33, 2, 20}, 3);
  const at::Tensor all = teleport(g, x, edm(80), edm(3));
  EXPECT_EQ(all.scalar_type(), at::kFloat);
  EXPECT_EQ(all.sizes(), x.sizes());
  for (const std::int64_t r : {0, 17, 32})
    EXPECT_TRUE(at::equal(teleport(g, x.narrow(0, r, 1), edm(80), edm(3)), all.narrow(0, r, 1)));
  EXPECT_EQ(teleport(g, x.narrow(0, 0, 0), edm(80), edm(3)).size(0), 0);
}

TEST(Gaussian, GradientsAreThoseOfTheAffineMap) {
  const Case c = anisotropic(4);
  const Gaussian g = make_gaussian(c.mean, c.covariance, 2);
  const at::Tensor x = doubles({3, 4}, 3), plain = teleport(g, x, edm(5), edm(1));
  const at::Tensor leaf = x.clone().requires_grad_(true);
  const at::Tensor y = teleport(g, leaf, edm(5), edm(1));
  EXPECT_LT(max_difference(y.detach(), plain), 1e-13);
  const at::Tensor shift = teleport(g, at::zeros({1, 4}, at::kDouble), edm(5), edm(1));
  const at::Tensor linear = teleport(g, at::eye(4, at::kDouble), edm(5), edm(1)) - shift;
  y.select(1, 2).sum().backward();
  EXPECT_LT(max_difference(leaf.grad(), linear.select(1, 2).expand({3, 4})), 1e-13);
}

GaussianSet three_classes() {
  GaussianSet set;
  const auto one = [](std::uint64_t id) {
    const Case c = anisotropic(4, id);
    return make_gaussian(c.mean, c.covariance, 2);
  };
  set.all = one(10);
  set.classes = {one(20), one(30), one(40)};
  return set;
}

// Every row takes its own class, the null class (3) and rows without label the Gaussian of all.
TEST(GaussianSet, RowsTakeTheGaussianOfTheirClass) {
  const GaussianSet set = three_classes();
  const at::Tensor x = doubles({5, 4}, 3) * 10;
  const std::vector<std::int64_t> label{2, 0, 3, 2, 1};
  const at::Tensor labels = at::tensor(label);
  const at::Tensor jumped = teleport(set, x, edm(10), edm(1), {{"label", labels}});
  const at::Tensor denoised = denoise(set, x, edm(10), {{"label", labels}});
  for (std::int64_t r = 0; r < 5; ++r) {
    const std::int64_t c = label[static_cast<std::size_t>(r)];
    const Gaussian& g = c == 3 ? set.all : set.classes[static_cast<std::size_t>(c)];
    EXPECT_TRUE(at::equal(jumped.narrow(0, r, 1), teleport(g, x.narrow(0, r, 1), edm(10), edm(1)))) << r;
    EXPECT_TRUE(at::equal(denoised.narrow(0, r, 1), denoise(g, x.narrow(0, r, 1), edm(10)))) << r;
  }
  EXPECT_TRUE(at::equal(teleport(set, x, edm(10), edm(1), {}), teleport(set.all, x, edm(10), edm(1))));
}

TEST(GaussianSet, TheHashSeesEveryNumber) {
  const GaussianSet set = three_classes();
  const std::uint64_t h = hash_of(set);
  GaussianSet other = three_classes();
  EXPECT_EQ(hash_of(other), h);
  other.classes[1].rest += 1e-9;
  EXPECT_NE(hash_of(other), h);
  other = three_classes();
  other.all.vectors[1][2] += 1e-9;
  EXPECT_NE(hash_of(other), h);
}

TEST(Gaussian, BadInputIsRefused) {
  const Case c = anisotropic(4);
  const Gaussian g = make_gaussian(c.mean, c.covariance, 2);
  const at::Tensor x = doubles({3, 4}, 3);
  expect_error(ErrorKind::shape, {"4 numbers", "[3, 5]"}, [&] { denoise(g, doubles({3, 5}, 1), edm(1)); });
  expect_error(ErrorKind::shape, {"float or double"}, [&] { denoise(g, x.to(at::kLong), edm(1)); });
  expect_error(ErrorKind::numeric, {"without noise"}, [&] { teleport(g, x, edm(0), edm(1)); });
  expect_error(ErrorKind::shape, {"[4]", "[4, 3]"},
               [&] { make_gaussian(c.mean, c.covariance.narrow(1, 0, 3), 2); });
  expect_error(ErrorKind::option, {"rank -1"}, [&] { make_gaussian(c.mean, c.covariance, -1); });
  expect_error(ErrorKind::numeric, {"NaN"}, [&] { make_gaussian(c.mean, c.covariance * std::nan(""), 2); });
  expect_error(ErrorKind::shape, {"2 labels", "3 rows"}, [&] {
    teleport(three_classes(), x, edm(2), edm(1), {{"label", at::zeros({2}, at::kLong)}});
  });
}

}  // namespace
}  // namespace ulam::gaussian_test
