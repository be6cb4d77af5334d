#include "ulam/problems/mixture.h"

#include "tests/problems/cases.h"
#include <cmath>

#include <gtest/gtest.h>

namespace ulam::mixture_test {
namespace {

DensityPtr two_classes() {
  return make_mixture({{1, {-1, 0}, diagonal_covariance({0.1, 0.1}), 0},
                       {2, {1, 0}, diagonal_covariance({0.2, 0.1}), 1},
                       {3, {1, 1}, diagonal_covariance({0.1, 0.3}), 1}});
}

// Guidance stands on p(x | class): the class must renormalise its own weights.
TEST(Mixture, AClassIsTheMixtureOfItsOwnParts) {
  const DensityPtr all = two_classes(),
                   second = make_mixture({{0.4, {1, 0}, diagonal_covariance({0.2, 0.1}), -1},
                                          {0.6, {1, 1}, diagonal_covariance({0.1, 0.3}), -1}});
  EXPECT_EQ(all->classes(), 2);
  EXPECT_EQ(second->classes(), 0);
  const double x[2] = {0.3, 0.8};
  double d1[2], d2[2], s1[2], s2[2];
  RowAnswer a1{d1, s1, 0}, a2{d2, s2, 0};
  const RowQuery q1{x, 0.9, 0.4, 1}, q2{x, 0.9, 0.4, -1};
  all->evaluate({&q1, 1}, {&a1, 1});
  second->evaluate({&q2, 1}, {&a2, 1});
  EXPECT_NEAR(a1.log_density, a2.log_density, 1e-13);
  for (int i = 0; i < 2; ++i) {
    EXPECT_NEAR(d1[i], d2[i], 1e-14);
    EXPECT_NEAR(s1[i], s2[i], 1e-13);
  }
}

// Parts that cannot be seen are left out in many dimensions; the answer stays that of all parts.
TEST(Mixture, LeavesOutOnlyWhatCannotBeSeen) {
  constexpr int d = 192;
  const auto mixture = [](double unequal) {
    std::vector<MixturePart> parts;
    for (int k = 0; k < 6; ++k) {
      std::vector<double> mean, factors, variances(d, 0.2);
      variances[0] += unequal;  // takes the way with one half only
      for (int i = 0; i < d; ++i) {
        mean.push_back(std::sin(i * (k + 1) * 0.37));
        for (int j = 0; j < 2; ++j) factors.push_back(0.3 * std::cos(i * (k + 2) * (j + 1) * 0.21));
      }
      parts.push_back({1.0 + k, mean, low_rank_covariance(variances, 2, factors), k % 2});
    }
    return make_mixture(std::move(parts));
  };
  const DensityPtr screened = mixture(0), whole = mixture(1e-13);
  for (const int label : {-1, 1})
    for (const double s : {0.01, 0.5, 3.0, 40.0}) {
      std::vector<double> x(d), d1(d), d2(d), s1(d), s2(d);
      for (int i = 0; i < d; ++i) x[i] = std::sin(i * 2 * 0.37) + s * std::cos(i * 1.3);
      RowAnswer a1{d1.data(), s1.data(), 0}, a2{d2.data(), s2.data(), 0};
      const RowQuery q{x.data(), 1, s, label};
      screened->evaluate({&q, 1}, {&a1, 1});
      whole->evaluate({&q, 1}, {&a2, 1});
      EXPECT_NEAR(a1.log_density, a2.log_density, 1e-9 * (1 + std::abs(a2.log_density)));
      for (int i = 0; i < d; ++i) {
        EXPECT_NEAR(d1[i], d2[i], 1e-9) << s;
        EXPECT_NEAR(s1[i], s2[i], 1e-9 * (1 + std::abs(s2[i]))) << s;
      }
    }
}

// p(x) = sum_c p(c) p(x | c): an unnormalised class would break it.
TEST(Mixture, ClassesAddUpToTheWhole) {
  const DensityPtr all = two_classes();
  const double x[2] = {0.1, 0.4};
  const auto density = [&](int label) {
    RowAnswer a;
    const RowQuery q{x, 1, 0.5, label};
    all->evaluate({&q, 1}, {&a, 1});
    return std::exp(a.log_density);
  };
  EXPECT_NEAR(density(-1), density(0) / 6 + density(1) * 5 / 6, 1e-14);
}

TEST(Mixture, SamplesOfAClassComeFromItsParts) {
  const DensityPtr all = two_classes();
  for (std::uint64_t id = 0; id < 200; ++id) {
    double x[2];
    all->sample({make_key(5, Stream::data), id, 0}, 0, x);
    EXPECT_LT(std::abs(x[0] + 1), 6.7 * std::sqrt(0.1));
  }
}

// Far from all parts every exponential underflows; the ratios must survive.
TEST(Mixture, FarAwayRowsKeepFiniteAnswers) {
  const double x[2] = {1e6, -1e6};
  double d[2], s[2];
  RowAnswer a{d, s, 0};
  const RowQuery q{x, 1, 1e-3, -1};
  two_classes()->evaluate({&q, 1}, {&a, 1});
  for (double v : {d[0], d[1], s[0], s[1], a.log_density}) EXPECT_TRUE(std::isfinite(v));
}

TEST(Mixture, ANanInARowStaysVisible) {
  const double x[2] = {std::nan(""), 0};
  double d[2];
  RowAnswer a{d, nullptr, 0};
  const RowQuery q{x, 1, 0.5, -1};
  two_classes()->evaluate({&q, 1}, {&a, 1});
  EXPECT_TRUE(std::isnan(d[0]));
}

TEST(Mixture, BadPartsAreNamed) {
  const CovariancePtr one = diagonal_covariance({1}), two = diagonal_covariance({1, 1});
  const auto says = [](std::vector<MixturePart> parts, const char* part) {
    const std::string sentence = sentence_of([&] { make_mixture(parts); });
    EXPECT_NE(sentence.find(part), std::string::npos) << sentence;
  };
  says({}, "at least one");
  says({{1, {}, one, -1}}, "means[0] is empty");
  says({{-1, {0}, one, -1}}, "weights[0] = -1");
  says({{0, {0}, one, -1}, {0, {1}, one, -1}}, "sum to 0");
  says({{1, {0}, one, -1}, {std::nan(""), {1}, one, -1}}, "weights[1]");
  says({{1, {0}, one, -1}, {1, {1, 2}, two, -1}}, "means[1] has 2 numbers");
  says({{1, {0}, two, -1}}, "dimension 2");
  says({{1, {std::nan("")}, one, -1}}, "means[0][0]");
  says({{1, {0}, one, 0}, {1, {0}, one, -1}}, "labels[1]");
  says({{1, {0}, one, 0}, {0, {0}, one, 1}}, "class 1 has no weight");
  says({{1, {0}, one, 7}}, "label 7 is too large");
}

}  // namespace
}  // namespace ulam::mixture_test
