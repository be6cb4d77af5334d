#include "ulam/problems/points.h"

#include "tests/problems/cases.h"
#include <cmath>

#include <gtest/gtest.h>

#include "ulam/problems/mixture.h"

namespace ulam::points_test {
namespace {

constexpr int kN = 300, kD = 11;  // more than two blocks, and a dimension that needs padding

std::vector<double> cloud() {
  std::vector<double> points(kN * kD);
  for (std::size_t i = 0; i < points.size(); ++i)
    points[i] = 2 * random_uniform({make_key(9, Stream::test), 0, 0}, i) - 1;
  return points;
}

DensityPtr as_mixture(double variance) {
  const std::vector<double> points = cloud();
  std::vector<MixturePart> parts;
  for (int j = 0; j < kN; ++j)
    parts.push_back({1,
                     {points.begin() + j * kD, points.begin() + (j + 1) * kD},
                     diagonal_covariance(std::vector<double>(kD, variance)),
                     j % 3});
  return make_mixture(parts);
}

std::vector<int> labels() {
  std::vector<int> all(kN);
  for (int j = 0; j < kN; ++j) all[j] = j % 3;
  return all;
}

struct Answers {
  double d[kD], s[kD], l, j[kD];
};
Answers ask(const Density& density, const RowQuery& q, const double* v) {
  Answers a;
  RowAnswer answer{a.d, a.s, 0};
  density.evaluate({&q, 1}, {&answer, 1});
  a.l = answer.log_density;
  density.jacobian_product(q, v, a.j);
  return a;
}

// The streaming pass and the general mixture are two programs for one formula.
TEST(Points, EqualTheMixtureOfTheirKernels) {
  std::vector<double> x(kD), v(kD);
  for (int i = 0; i < kD; ++i) {
    x[i] = 0.1 * i - 0.5;
    v[i] = std::sin(i);
  }
  for (double width : {0.0, 0.2})
    for (int label : {-1, 0, 2})
      for (auto [a, s] : {std::pair{1.0, 0.3}, {0.8, 0.6}, {0.0, 1.0}, {1.0, 0.05}, {1.0, 80.0}}) {
        const Answers p = ask(*make_points(kD, cloud(), width, labels()), {x.data(), a, s, label}, v.data());
        const Answers m = ask(*as_mixture(width * width), {x.data(), a, s, label}, v.data());
        EXPECT_NEAR(p.l, m.l, 1e-11 * (1 + std::abs(m.l)));
        for (int i = 0; i < kD; ++i) {
          EXPECT_NEAR(p.d[i], m.d[i], 1e-12);
          EXPECT_NEAR(p.s[i], m.s[i], 1e-11 * (1 + std::abs(m.s[i])));
          EXPECT_NEAR(p.j[i], m.j[i], 1e-10 * (1 + std::abs(m.j[i])));
        }
      }
}

// At low noise the ideal denoiser returns the nearest data point: it memorises.
TEST(Points, LowNoiseGivesTheNearestPoint) {
  const std::vector<double> points = cloud();
  std::vector<double> x(points.begin() + 40 * kD, points.begin() + 41 * kD);
  for (double& v : x) v += 1e-3;
  double d[kD];
  RowAnswer answer{d, nullptr, 0};
  const RowQuery q{x.data(), 1, 1e-3, -1};
  make_points(kD, points, 0)->evaluate({&q, 1}, {&answer, 1});
  for (int i = 0; i < kD; ++i) EXPECT_EQ(d[i], points[40 * kD + i]);
}

TEST(Points, SamplesOfWidthZeroArePointsOfTheClass) {
  const std::vector<double> points = cloud();
  const DensityPtr density = make_points(kD, points, 0, labels());
  for (std::uint64_t id = 0; id < 50; ++id) {
    double x[kD];
    density->sample({make_key(2, Stream::data), id, 0}, 1, x);
    bool found = false;
    for (int j = 1; j < kN; j += 3) found = found || std::equal(x, x + kD, points.begin() + j * kD);
    EXPECT_TRUE(found);
  }
}

TEST(Points, MomentsAreThoseOfTheMixture) {
  for (int label : {-1, 1}) {
    std::vector<double> m1(kD), m2(kD), c1(kD * kD), c2(kD * kD);
    make_points(kD, cloud(), 0.2, labels())->moments(label, m1.data(), c1.data());
    as_mixture(0.04)->moments(label, m2.data(), c2.data());
    for (int i = 0; i < kD; ++i) EXPECT_NEAR(m1[i], m2[i], 1e-14);
    for (int i = 0; i < kD * kD; ++i) EXPECT_NEAR(c1[i], c2[i], 1e-14);
  }
}

TEST(Points, ANanInARowStaysVisible) {
  std::vector<double> x(kD, 0.0);
  x[3] = std::nan("");
  double d[kD];
  RowAnswer answer{d, nullptr, 0};
  const RowQuery q{x.data(), 1, 0.3, -1};
  make_points(kD, cloud(), 0)->evaluate({&q, 1}, {&answer, 1});
  EXPECT_TRUE(std::isnan(d[0]));
}

TEST(Points, ShapesLieOnTheirCurves) {
  const std::vector<double> ring = ring_points(8, 2), roll = swissroll_points(100, 1);
  for (int i = 0; i < 8; ++i) EXPECT_NEAR(std::hypot(ring[2 * i], ring[2 * i + 1]), 2, 1e-15);
  for (int i = 0; i + 1 < 100; ++i)
    EXPECT_LT(std::hypot(roll[2 * i], roll[2 * i + 1]), std::hypot(roll[2 * i + 2], roll[2 * i + 3]));
  EXPECT_LT(std::hypot(roll[198], roll[199]), 1);
}

TEST(Points, BadSetsAreNamed) {
  const auto says = [](const std::string& sentence, const char* part) {
    EXPECT_NE(sentence.find(part), std::string::npos) << sentence;
  };
  says(sentence_of([] { make_points(2, {1, 2, 3}, 0); }), "3 numbers");
  says(sentence_of([] { make_points(2, {}, 0); }), "0 numbers");
  says(sentence_of([] { make_points(1, {1}, -1); }), "width = -1");
  says(sentence_of([] { make_points(2, {1, 2, 3, std::nan("")}, 0); }), "point 1");
  says(sentence_of([] { make_points(1, {1, 2}, 0, {0}); }), "1 labels");
  says(sentence_of([] { make_points(1, {1, 2}, 0, {0, 5}); }), "outside 0 .. 1");
  says(sentence_of([] { make_points(1, {1, 2, 3}, 0, {0, 2, 2}); }), "class 1");
}

}  // namespace
}  // namespace ulam::points_test
