#include "ulam/learn/rarity.h"

#include "tests/errors.h"
#include <cmath>

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ulam/draw/loop.h"
#include "ulam/problems/read_problem.h"

namespace ulam::rarity_test {
namespace {

using ulam::testing::expect_error;

ProblemPtr problem(const char* json) {
  return problem_from_json(nlohmann::json::parse(json), "test.json", "");
}

// With squared distances a score is (s/a)^2 times the square error of the predicted noise, draw by draw.
TEST(Rarity, SquaredScoresAreErrorsOfTheNoise) {
  const ModelPtr model = problem(
      R"({"problem": "mixture", "means": [[-1, 0], [1, 0.5]], "variances": [0.2, 0.3], "path": "vp", "head": "noise"})");
  const at::Tensor x0 = at::sin(at::arange(10, at::kDouble) * 3.3).reshape({5, 2});
  RarityOptions options;
  options.sigma = 0.8;
  options.noises = 1;
  options.seed = 4;
  const at::Tensor scores = rarity_scores(Field(model), x0, {}, 20, options, {});
  const double t = model->info().path.time_of_rho(0.8);
  const Marginal m = model->info().path.at(t);
  const std::vector<std::uint64_t> ids = {20, 21, 22, 23, 24};
  const at::Tensor eps = keyed_normal(4, Stream::data, ids, 0, model->info().shape, at::kDouble);
  Call call;
  const at::Tensor told = model->forward(x0 * m.a + eps * m.s, at::full({5}, t, at::kDouble), {}, call);
  const at::Tensor law = (told - eps).square().sum(1) * (0.8 * 0.8);
  EXPECT_LT((scores - law).abs().max().item<double>(), 1e-12);
}

// On Gaussian data the score has a closed form that rises with |x0|, hence orders rows exactly as -log p
// does.
TEST(Rarity, StatisticalScoresOfAGaussianHaveTheirClosedForm) {
  const double v = 0.5, s = 1.5;
  const ModelPtr model =
      problem(R"({"problem": "gaussian", "mean": [0, 0, 0], "variances": [0.5, 0.5, 0.5]})");
  at::Tensor x0 = at::zeros({4, 3}, at::kDouble);
  for (int i = 0; i < 4; ++i) x0[i][0] = i * 0.8;
  RarityOptions options;
  options.sigma = s;
  options.noises = 4000;
  const at::Tensor scores = rarity_scores(Field(model), x0, {}, 0, options, {});
  const double lost = s * s / (v + s * s), kept = v / (v + s * s);
  for (int i = 0; i < 4; ++i) {
    const double norm = std::pow(i * 0.8, 2);
    const double mean = norm * lost * lost + 3 * kept * kept * s * s;
    // Of |b + k s eps|^2: variance 4 |b|^2 (k s)^2 + 2 n (k s)^4.
    const double deviation =
        std::sqrt((4 * norm * lost * lost * std::pow(kept * s, 2) + 6 * std::pow(kept * s, 4)) / 4000);
    EXPECT_NEAR(scores[i].item<double>(), mean, 5 * deviation) << i;
  }
}

// Frequent content is kept, rare content lost; without noise nothing is, and under much the mean alone is
// left.
TEST(Rarity, TheRareModeScoresHigherAtAMiddleLevel) {
  const ModelPtr model = problem(
      R"({"problem": "mixture", "weights": [0.95, 0.05], "means": [[-1], [1]], "variances": [0.01, 0.01]})");
  const at::Tensor x0 = at::tensor({-1.0, 1.0}, at::kDouble).reshape({2, 1});
  const auto at = [&](double sigma) {
    RarityOptions options;
    options.sigma = sigma;
    options.noises = 200;
    const at::Tensor s = rarity_scores(Field(model), x0, {}, 0, options, {});
    return std::pair{s[0].item<double>(), s[1].item<double>()};
  };
  EXPECT_GT(at(1).second, 5 * at(1).first);
  EXPECT_LT(at(0.01).second, 1e-3);
  EXPECT_NEAR(at(50).first, 0.1 * 0.1, 0.02);  // the mean is -0.9
  EXPECT_NEAR(at(50).second, 1.9 * 1.9, 0.2);
}

// A run that is cut and resumed must give every row the score that it has in one run.
TEST(Rarity, ScoresDoNotDependOnTheCut) {
  const ModelPtr model = problem(R"({"problem": "gaussian", "mean": [0, 0], "variances": [0.5, 0.1]})");
  const at::Tensor x0 = at::sin(at::arange(600, at::kDouble)).reshape({300, 2});
  const at::Tensor whole = rarity_scores(Field(model), x0, {}, 0, {}, {});
  const at::Tensor rest = rarity_scores(Field(model), x0.narrow(0, 100, 200), {}, 100, {}, {});
  EXPECT_TRUE(at::equal(whole.narrow(0, 100, 200), rest));
}

TEST(Rarity, BinsAreQuantilesAndAValueOnAnEndGoesBelowIt) {
  const at::Tensor scores = at::tensor({5.0, 1.0, 4.0, 2.0, 3.0, 6.0}, at::kDouble);
  const RarityBins b = rarity_bins(scores, 3);
  EXPECT_EQ(b.ends, (std::vector<std::vector<double>>{{2, 4}}));
  EXPECT_TRUE(at::equal(b.bins, at::tensor({2, 0, 1, 0, 1, 2}, at::kLong)));
  const RarityBins ties = rarity_bins(at::tensor({1.0, 1.0, 1.0, 1.0, 2.0, 3.0}, at::kDouble), 3);
  EXPECT_TRUE(at::equal(ties.bins, at::tensor({0, 0, 0, 0, 2, 2}, at::kLong)));
  // 103 rows in 10 bins: none has more than one row above another.
  const at::Tensor many = rarity_bins(at::sin(at::arange(103, at::kDouble) * 1.7), 10).bins;
  const at::Tensor counts = at::bincount(many);
  EXPECT_EQ(counts.numel(), 10);
  EXPECT_LE((counts.max() - counts.min()).item<std::int64_t>(), 1);
}

TEST(Rarity, GroupsHaveQuantilesOfTheirOwn) {
  const at::Tensor scores = at::tensor({1.0, 100.0, 2.0, 200.0}, at::kDouble);
  const RarityBins b = rarity_bins(scores, 2, at::tensor({0, 1, 0, 1}, at::kLong));
  EXPECT_TRUE(at::equal(b.bins, at::tensor({0, 0, 1, 1}, at::kLong)));
  EXPECT_EQ(b.ends, (std::vector<std::vector<double>>{{1}, {100}}));
}

TEST(Rarity, BadInputIsRefused) {
  const ModelPtr model = problem(R"({"problem": "gaussian", "mean": [0, 0], "variances": [0.5, 0.1]})");
  const auto scores = [&](double sigma, int noises, const at::Tensor& x0) {
    RarityOptions o;
    o.sigma = sigma;
    o.noises = noises;
    rarity_scores(Field(model), x0, {}, 0, o, {});
  };
  const at::Tensor x0 = at::zeros({3, 2}, at::kDouble);
  expect_error(ErrorKind::option, {"sigma = 0"}, [&] { scores(0, 1, x0); });
  expect_error(ErrorKind::option, {"0 noises"}, [&] { scores(1, 0, x0); });
  expect_error(ErrorKind::shape, {"[2]"}, [&] { scores(1, 1, at::zeros({3, 4}, at::kDouble)); });
  expect_error(ErrorKind::option, {"too few"}, [&] { rarity_bins(at::zeros({3}, at::kDouble), 4); });
  expect_error(ErrorKind::option, {"at least 2"}, [&] { rarity_bins(at::zeros({3}, at::kDouble), 1); });
  expect_error(ErrorKind::numeric, {"NaN"},
               [&] { rarity_bins(at::full({3}, std::nan(""), at::kDouble), 2); });
}

}  // namespace
}  // namespace ulam::rarity_test
