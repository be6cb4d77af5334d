#include "ulam/problems/covariance.h"

#include "tests/problems/cases.h"
#include <cmath>

#include <gtest/gtest.h>

namespace ulam::covariance_test {
namespace {

constexpr int kD = 3;

struct Case {
  CovariancePtr covariance;
  std::vector<double> matrix;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const CovariancePtr& c : {diagonal_covariance({0.1, 0.2, 0.3}), diagonal_covariance({0.2, 0.2, 0.2}),
                                 full_covariance(kD, {1, 0.5, 0.1, 0.5, 2, -0.3, 0.1, -0.3, 0.7}),
                                 low_rank_covariance({0.1, 0.2, 0.3}, 2, {1, 0, 0.5, -1, 0.2, 0.3}),
                                 low_rank_covariance({0.2, 0.2, 0.2}, 2, {1, 0, 0.5, -1, 0.2, 0.3})}) {
    Case one{c, std::vector<double>(kD * kD, 0.0)};
    c->add_to(1, one.matrix.data());
    all.push_back(one);
  }
  return all;
}

// M solved = y, gained = a C solved and the log-determinant, by the matrix itself; both limits included.
TEST(Covariance, SolveInvertsTheNoisyMatrixInEveryForm) {
  const double y[kD] = {0.4, -1.1, 2.0};
  for (const Case& c : cases())
    for (auto [a, s] : {std::pair{1.0, 0.5}, {0.3, 0.9}, {1.0, 0.0}, {0.0, 1.0}, {1.0, 1e-4}, {1.0, 80.0}}) {
      double solved[kD], gained[kD];
      std::vector<double> scratch(c.covariance->scratch_size() + 1), m(kD * kD);
      const double value = c.covariance->solve(a, s, y, solved, gained, scratch.data());
      double square = 0;
      for (int i = 0; i < kD; ++i) {
        double back = 0, gain = 0;
        for (int j = 0; j < kD; ++j) {
          m[i * kD + j] = a * a * c.matrix[i * kD + j] + (i == j ? s * s : 0);
          back += m[i * kD + j] * solved[j];
          gain += a * c.matrix[i * kD + j] * solved[j];
        }
        EXPECT_NEAR(back, y[i], 1e-12);
        EXPECT_NEAR(gained[i], gain, 1e-12);
        square += y[i] * solved[i];
      }
      const double det = m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) +
                         m[2] * (m[3] * m[7] - m[4] * m[6]);
      EXPECT_NEAR(value, -0.5 * (square + std::log(det)), 1e-11 * (1 + std::abs(value)));
    }
}

// A mixture weighs its parts by the first half and adds them up by the second: together they must be solve().
TEST(Covariance, TheTwoHalvesAreWhatSolveReturns) {
  constexpr int d = 600;  // more than one block
  std::vector<double> factors, y(d), solved(d), gained(d);
  for (int i = 0; i < d * 2; ++i) factors.push_back(std::sin(i * 1.7));
  const CovariancePtr c = low_rank_covariance(std::vector<double>(d, 0.3), 2, factors);
  ASSERT_EQ(c->kept_size(), 2);
  EXPECT_EQ(low_rank_covariance({0.2, 0.2, 0.2}, 2, {1, 0, 0.5, -1, 0.2, 0.3})->kept_size(), 0);
  std::vector<double> scratch(c->scratch_size()), kept(2);
  for (auto [a, s] : {std::pair{1.0, 0.5}, {0.3, 0.9}, {1.0, 0.0}, {0.0, 1.0}, {1.0, 80.0}})
    for (const double size : {0.01, 1.0, 30.0}) {
      for (int i = 0; i < d; ++i) y[i] = size * std::cos(i * 0.9);
      const double value = c->solve(a, s, y.data(), solved.data(), gained.data(), scratch.data());
      EXPECT_NEAR(c->weigh(a, s, y.data(), kept.data(), scratch.data()), value,
                  1e-11 * (1 + std::abs(value)));
      std::vector<double> score(d, 2.0), denoised(d, 3.0);
      c->add(a, s, 0.5, y.data(), kept.data(), score.data(), denoised.data());
      for (int i = 0; i < d; ++i) {
        ASSERT_NEAR(score[i], 2 - 0.5 * solved[i], 1e-11 * (1 + std::abs(solved[i])));
        ASSERT_NEAR(denoised[i], 3 + 0.5 * gained[i], 1e-11 * (1 + std::abs(gained[i])));
      }
    }
}

// L L' = C column by column: samples would otherwise have another covariance than the score.
TEST(Covariance, ColouringIsASquareRoot) {
  for (const Case& c : cases()) {
    const int n = c.covariance->colours();
    std::vector<double> product(kD * kD, 0.0);
    for (int k = 0; k < n; ++k) {
      std::vector<double> z(n, 0.0);
      z[k] = 1;
      double column[kD];
      c.covariance->colour(z.data(), column);
      for (int i = 0; i < kD; ++i)
        for (int j = 0; j < kD; ++j) product[i * kD + j] += column[i] * column[j];
    }
    for (int i = 0; i < kD * kD; ++i) EXPECT_NEAR(product[i], c.matrix[i], 1e-13);
  }
}

TEST(Covariance, BadMatricesAreNamed) {
  const auto says = [](const std::string& sentence, const char* part) {
    EXPECT_NE(sentence.find(part), std::string::npos) << sentence;
  };
  says(sentence_of([] { diagonal_covariance({1, -1}); }), "variance -1 at index 1");
  says(sentence_of([] { diagonal_covariance({std::nan("")}); }), "index 0");
  says(sentence_of([] { diagonal_covariance({}); }), "no variances");
  says(sentence_of([] { full_covariance(2, {1, 2, 2, 1}); }), "not positive definite");
  says(sentence_of([] { full_covariance(2, {1, 0.5, 0.4, 1}); }), "not symmetric");
  says(sentence_of([] { full_covariance(2, {1, std::nan(""), 0, 1}); }), "[0][1]");
  says(sentence_of([] { full_covariance(2, {1, 0, 1}); }), "3 entries");
  says(sentence_of([] { full_covariance(5000, {}); }), "at most 1024");
  says(sentence_of([] { low_rank_covariance({0, 1}, 1, {1, 1}); }), "index 0");
  says(sentence_of([] { low_rank_covariance({1, 1}, 0, {}); }), "rank 0");
  says(sentence_of([] { low_rank_covariance({1, 1}, 1, {1}); }), "1 factor");
  says(sentence_of([] { low_rank_covariance({1, 1}, 1, {1, INFINITY}); }), "factor [1][0]");
}

}  // namespace
}  // namespace ulam::covariance_test
