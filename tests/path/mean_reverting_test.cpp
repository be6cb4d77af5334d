#include "tests/path/paths.h"
#include <cmath>
#include <numbers>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ulam/path/prediction.h"

namespace ulam::mean_reverting_test {
namespace {

// The table as the reference models were trained on it, summed by its definition: theta_i = 1 - abar_{i+1} /
// abar_0 at T + 3 points, th_0 = 0, th_T = -log(.005).
TEST(MeanReverting, IntegerTimesAreTheCosineTableOfTheReferenceModels) {
  const int steps = 100;
  const auto abar = [&](int j) {
    const double u = static_cast<double>(j) / (steps + 2);
    return std::pow(std::cos((u + .008) / 1.008 * std::numbers::pi / 2), 2);
  };
  std::vector<double> sum = {0};
  for (int i = 1; i <= steps; ++i) sum.push_back(sum.back() + 1 - abar(i + 1) / abar(0));
  const Path p = Path::mean_reverting();
  for (int i = 0; i <= steps; ++i) {
    const double th = -std::log(.005) * sum[i] / sum.back(), a = std::exp(-th);
    EXPECT_NEAR(p.at(i).a, a, 1e-14) << i;
    EXPECT_NEAR(p.at(i).s, 50. / 255 * std::sqrt(1 - a * a), 1e-13) << i;
  }
}

TEST(MeanReverting, EndsAreExact) {
  const Path p = Path::mean_reverting(100, 50. / 255, .005);
  EXPECT_EQ(p.t_noise(), 100);
  EXPECT_EQ(p.t_data(), 0);
  EXPECT_EQ(p.t_clean(), 0);
  EXPECT_EQ(p.at(0).a, 1);
  EXPECT_EQ(p.at(0).s, 0);
  EXPECT_NEAR(p.at(100).a, .005, 1e-17);
  EXPECT_NEAR(p.at(100).s, 50. / 255 * std::sqrt(1 - .005 * .005), 1e-16);
  EXPECT_TRUE(std::isinf(p.half_log_snr(0)));
}

TEST(MeanReverting, BetweenIntegersTheDecayIsLinear) {
  const Path p = Path::mean_reverting();
  for (double f : {.25, .5, .9}) {
    EXPECT_NEAR(std::log(p.at(40 + f).a), (1 - f) * std::log(p.at(40).a) + f * std::log(p.at(41).a), 1e-15);
    EXPECT_NEAR(std::log(p.at(f).a) / (f * std::log(p.at(1).a)), 1, 1e-12);
  }
}

// S scales the noise and nothing else: a is the same and log(a/s) is shifted by log S.
TEST(MeanReverting, TheScaleIsOfTheNoiseAlone) {
  const Path unit = Path::mean_reverting(100, 1), p = Path::mean_reverting(100, .3);
  for (double t : {1e-5, .5, 7., 33.3, 100.}) {
    EXPECT_EQ(p.at(t).a, unit.at(t).a);
    EXPECT_EQ(p.at(t).s, .3 * unit.at(t).s);
    EXPECT_NEAR(p.half_log_snr(t), unit.half_log_snr(t) - std::log(.3),
                1e-14 * (1 + std::abs(p.half_log_snr(t))));
    EXPECT_EQ(p.at(t).scale, .3);
  }
}

// At S = 1 it is a variance-preserving path: the same numbers as the table of betas with the same products.
TEST(MeanReverting, AtUnitScaleItIsTheDiscretePathOfItsOwnBetas) {
  const Path p = Path::mean_reverting(20, 1);
  std::vector<double> betas;
  for (int i = 1; i <= 20; ++i) betas.push_back(1 - std::pow(p.at(i).a / p.at(i - 1).a, 2));
  const Path q = Path::discrete(betas);  // its index -1 is time 0 here
  for (double t : {.5, 1., 3.7, 19., 20.}) {
    EXPECT_NEAR(p.at(t).a, q.at(t - 1).a, 1e-13);
    EXPECT_NEAR(p.at(t).s, q.at(t - 1).s, 1e-12);
  }
}

TEST(MeanReverting, LinearAndConstantRatesHaveTheirClosedForms) {
  const Path constant = Path::from_spec("mean_reverting:schedule=constant,steps=10", "test");
  const Path linear = Path::from_spec("mean_reverting:schedule=linear,steps=10", "test");
  double sum = 0, total = 0;
  for (int i = 1; i <= 10; ++i) total += 1e-4 + (.02 - 1e-4) * i / 10;
  for (int i = 1; i <= 10; ++i) {
    sum += 1e-4 + (.02 - 1e-4) * i / 10;
    EXPECT_NEAR(constant.at(i).a, std::pow(.005, i / 10.), 1e-14);
    EXPECT_NEAR(linear.at(i).a, std::pow(.005, sum / total), 1e-14);
  }
  EXPECT_EQ(linear.json(), Path::from_json(linear.json(), "test").json());
}

TEST(MeanReverting, OnlyItHasACentre) {
  int centres = 0;
  for (const Path& p : all_paths()) {
    EXPECT_EQ(p.has_centre(), p.json().at("kind") == "mean_reverting");
    EXPECT_EQ(p.at(p.t_noise()).scale == 1, !p.has_centre());
    centres += p.has_centre();
  }
  EXPECT_EQ(centres, 2);
  EXPECT_EQ(Path::from_spec("ir-sde", "test").json(), Path::mean_reverting().json());
}

// v = dx/dphi on (a, s) = (cos phi, S sin phi): D = c y - n v, eps = (c v + n y)/S. A sigma_inf in the wrong
// place shows here; on a plain path with the same a and s the formula differs.
TEST(MeanReverting, VelocityRoundTripsTo1e15AndIsTheDerivativeInTheAngle) {
  const double S = 50. / 255, y0 = .37, eps = -1.21;
  const Path p = Path::mean_reverting(100, S);
  for (double t : {.5, 3., 20., 50., 99., 100.}) {
    const Marginal m = p.at(t);
    const double c = m.a, n = std::sqrt(1 - c * c), v = -n * y0 + S * c * eps, y = c * y0 + m.s * eps;
    const Head head{Prediction::velocity, .5};
    const Affine d = to_data(head, m), e = to_noise(head, m), back = from_data(head, m);
    EXPECT_NEAR(d.of_x, c, 1e-15);
    EXPECT_NEAR(d.of_p, -n, 1e-14);
    EXPECT_NEAR(d.of_x * y + d.of_p * v, y0, 1e-15);
    EXPECT_NEAR(e.of_x * y + e.of_p * v, eps, 1e-14);
    EXPECT_NEAR(back.of_x * y + back.of_p * y0, v, 1e-15 / n);
    const double phi = std::acos(c), h = 1e-6;
    const auto at = [&](double angle) { return std::cos(angle) * y0 + S * std::sin(angle) * eps; };
    EXPECT_NEAR((at(phi + h) - at(phi - h)) / (2 * h), v, 1e-9);
  }
}

TEST(MeanReverting, DataFromNoiseFromDataIsTheData) {
  const Path p = Path::mean_reverting();
  for (double t : {.5, 3., 20., 50., 99., 100.})
    for (double y : {-.4, 0., .9}) {
      const Marginal m = p.at(t);
      const Affine noise = to_noise({Prediction::data}, m), data = to_data({Prediction::noise}, m);
      const double d = .25, eps = noise.of_x * y + noise.of_p * d;
      EXPECT_NEAR(data.of_x * y + data.of_p * eps, d, 1e-15 * (1 + std::abs(data.of_x * y)) * 4);
    }
}

}  // namespace
}  // namespace ulam::mean_reverting_test
