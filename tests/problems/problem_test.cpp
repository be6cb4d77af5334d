#include "ulam/problems/problem.h"

#include "tests/problems/cases.h"
#include <cmath>
#include <numbers>

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

namespace ulam::problem_test {
namespace {

// Golden value of the solvers' test problem.
TEST(Problem, Tp1PredictsTheGoldenNoise) {
  const ProblemPtr p = named_problem("tp1:head=noise");
  Call call;
  const at::Tensor eps = p->forward(at::full({1, 1}, 0.3, at::kDouble), times(0.5, 1), {}, call);
  EXPECT_NEAR(eps.item<double>(), 0.3114469488, 5e-11);
}

// Tweedie: a D = x + s^2 score. D and score come from different formulas.
TEST(Problem, DenoisedAndScoreAgreeOnEveryPath) {
  for (const ProblemPtr& base : all_problems())
    for (const auto& [path, t] : some_times()) {
      const ProblemPtr p = base->with_path(path);
      const Marginal m = path.at(t);
      const at::Tensor x = rows_of(*p, t, 12), tt = times(t, 12);
      const at::Tensor left = m.a * p->denoise(x, tt), right = x + m.s * m.s * p->score(x, tt);
      EXPECT_LT(largest(left - right), 1e-12) << p->info().name;
    }
}

TEST(Problem, ScoreIsTheGradientOfLogDensity) {
  for (const ProblemPtr& base : all_problems())
    for (const auto& [path, t] : some_times()) {
      const ProblemPtr p = base->with_path(path);
      const at::Tensor x = rows_of(*p, t, 6), tt = times(t, 6), score = p->score(x, tt);
      const double h = 1e-5;
      for (std::int64_t i = 0; i < p->dimension(); ++i) {
        at::Tensor up = x.clone(), down = x.clone();
        up.select(1, i) += h;
        down.select(1, i) -= h;
        const at::Tensor slope = (p->log_density(up, tt) - p->log_density(down, tt)) / (2 * h);
        EXPECT_LT(largest(slope - score.select(1, i)), 1e-6) << p->info().name;
      }
    }
}

// The trapezoid rule is exact to rounding for such smooth densities; a wrong normaliser would bias every
// log-weight.
TEST(Problem, MarginalsIntegrateToOne) {
  for (const ProblemPtr& base : all_problems()) {
    if (base->dimension() > 2) continue;
    for (const auto& [path, t] : some_times()) {
      const ProblemPtr p = base->with_path(path);
      const Marginal m = path.at(t);
      const double step =
          0.8 * std::sqrt(m.s * m.s + 0.02 * m.a * m.a) * (base->info().name == "checkerboard" ? 0.7 : 1);
      const double reach = 12;
      const at::Tensor axis =
          at::arange(-reach, reach, base->dimension() == 1 ? 0.3 * step : 0.7 * step, at::kDouble);
      const double cell = axis[1].item<double>() - axis[0].item<double>();
      at::Tensor x = axis.unsqueeze(1);
      if (p->dimension() == 2) {
        const auto grid = at::meshgrid({axis, axis}, "ij");
        x = at::stack({grid[0].reshape(-1), grid[1].reshape(-1)}, 1);
        x = x.index({(x * x).sum(1) < reach * reach});
      }
      const double total = p->log_density(x, times(t, x.size(0))).exp().sum().item<double>() *
                           std::pow(cell, static_cast<double>(p->dimension()));
      EXPECT_NEAR(total, 1, 1e-8) << p->info().name << path.json();
    }
  }
}

// Posterior mean straight from Bayes' rule by integration over x0.
TEST(Problem, DenoisedIsThePosteriorMeanByIntegration) {
  const ProblemPtr base = named_problem("tp1");
  for (const auto& [path, t] : some_times()) {
    const ProblemPtr p = base->with_path(path);
    const Marginal m = path.at(t);
    for (double x : {-1.2, 0.1, 1.7}) {
      double weight = 0, mean = 0;
      for (double x0 = -6; x0 < 6; x0 += 1e-3) {
        const double z = (x - m.a * x0) / m.s;
        const double w = std::exp(base->density()->clean_log_density(&x0, -1) - 0.5 * z * z);
        weight += w;
        mean += w * x0;
      }
      const double d = p->denoise(at::full({1, 1}, x, at::kDouble), times(t, 1)).item<double>();
      EXPECT_NEAR(d, mean / weight, 1e-11);
    }
  }
}

TEST(Problem, LimitsAreExact) {
  for (const ProblemPtr& base : all_problems()) {
    const ProblemPtr p = base->with_path(Path::flow());
    const at::Tensor x = rows_of(*p, 0.5, 5);
    EXPECT_TRUE(at::equal(p->denoise(x, times(0, 5)), x)) << p->info().name;
    const at::Tensor mean = p->mean().unsqueeze(0).expand_as(x);
    EXPECT_LT(largest(p->denoise(x, times(1, 5)) - mean), 1e-13) << p->info().name;
    EXPECT_LT(largest(p->score(x, times(1, 5)) + x), 1e-13) << p->info().name;
    // The limit is approached, not jumped to.
    EXPECT_LT(largest(p->denoise(x, times(1 - 1e-9, 5)) - mean), 1e-7) << p->info().name;
  }
}

TEST(Problem, CleanLogDensityIsTheLimitOfSmallNoise) {
  for (const char* name : {"tp1", "ring", "swissroll"}) {
    const ProblemPtr p = named_problem(name)->with_path(Path::edm());
    const at::Tensor x = rows_of(*p, 0, 8);
    EXPECT_LT(largest(p->log_density(x, times(0, 8)) - p->log_density(x, times(1e-6, 8))), 1e-5) << name;
  }
}

TEST(Problem, EveryHeadIsTheSameAnswer) {
  const ProblemPtr base = named_problem("ring");
  for (const auto& [path, t] : some_times())
    for (Prediction kind : {Prediction::data, Prediction::noise, Prediction::velocity, Prediction::flow,
                            Prediction::score, Prediction::edm}) {
      const Head head{kind, 0.7};
      const ProblemPtr p = base->with_path(path)->with_head(head);
      const at::Tensor x = rows_of(*p, t, 9), tt = times(t, 9);
      Call call;
      const Affine c = to_data(head, path.at(t));
      EXPECT_LT(largest(c.of_x * x + c.of_p * p->forward(x, tt, {}, call) - p->denoise(x, tt)), 1e-12);
      if (kind == Prediction::score) {
        EXPECT_LT(largest(p->forward(x, tt, {}, call) - p->score(x, tt)), 1e-10);
      }
    }
}

// S2: a row's bits depend on nothing but the row.
TEST(Problem, BitsOfARowAreTheSameAloneInABatchInAnyOrderAndThreads) {
  for (const ProblemPtr& p : all_problems()) {
    const int rows = 37;
    const at::Tensor x = rows_of(*p, 0.6, rows);
    at::Tensor t = at::linspace(0.05, 20, rows, at::kDouble);
    Call call;
    const int threads = at::get_num_threads();
    at::set_num_threads(2);
    const at::Tensor all = p->forward(x, t, {}, call);
    const at::Tensor back = p->forward(x.flip(0), t.flip(0), {}, call).flip(0);
    const at::Tensor density = p->log_density(x, t), score = p->score(x, t);
    at::set_num_threads(threads);
    EXPECT_TRUE(at::equal(all, back)) << p->info().name;
    for (int r = 0; r < rows; ++r) {
      const at::Tensor one = x.slice(0, r, r + 1), when = t.slice(0, r, r + 1);
      EXPECT_TRUE(at::equal(p->forward(one, when, {}, call), all.slice(0, r, r + 1))) << p->info().name << r;
      EXPECT_TRUE(at::equal(p->log_density(one, when), density.slice(0, r, r + 1))) << p->info().name << r;
      EXPECT_TRUE(at::equal(p->score(one, when), score.slice(0, r, r + 1))) << p->info().name << r;
    }
  }
}

TEST(Problem, FloatIsTheDoubleAnswerRounded) {
  for (const ProblemPtr& p : all_problems()) {
    const ProblemPtr f = p->with_dtype(at::kFloat);
    const at::Tensor x = rows_of(*f, 0.7, 10);
    EXPECT_EQ(x.scalar_type(), at::kFloat);
    const at::Tensor wide = p->denoise(x.to(at::kDouble), times(0.7, 10));
    EXPECT_TRUE(at::equal(f->denoise(x, times(0.7, 10)), wide.to(at::kFloat))) << p->info().name;
  }
}

// 5-sigma bands on mean and second moments of 20000 samples, of the data and of a noisy marginal.
TEST(Problem, SampleMomentsUsuallyMatchWithinFiveSigma) {
  const int n = 20000;
  for (const ProblemPtr& p : all_problems())
    for (double t : {0.0, 0.8}) {
      const at::Tensor x = rows_of(*p, t, n, 77), mean = p->mean();
      const at::Tensor covariance = p->covariance() + t * t * at::eye(p->dimension(), at::kDouble);
      const at::Tensor centred = x - mean;
      EXPECT_LT(largest(x.mean(0) - mean) / std::sqrt(covariance.diagonal().max().item<double>() / n), 5)
          << p->info().name;
      for (std::int64_t i = 0; i < p->dimension(); ++i)
        for (std::int64_t j = 0; j <= i; ++j) {
          const at::Tensor product = centred.select(1, i) * centred.select(1, j);
          const double gap = product.mean().item<double>() - covariance[i][j].item<double>();
          EXPECT_LT(std::abs(gap) / (product.std().item<double>() / std::sqrt(n)), 5)
              << p->info().name << i << j;
        }
    }
}

// A sample is a pure function of (seed, id): batches and order change nothing, and the noise is not the
// data's.
TEST(Problem, SamplesAreKeyedById) {
  for (const ProblemPtr& p : all_problems()) {
    const std::uint64_t many[3] = {7, 9, 8}, one[1] = {8};
    EXPECT_TRUE(at::equal(p->sample(many, 3).slice(0, 2, 3), p->sample(one, 3))) << p->info().name;
    EXPECT_TRUE(at::equal(p->sample_at(0, many, 3), p->sample(many, 3)));
    EXPECT_FALSE(at::equal(p->sample(one, 3), p->sample(one, 4)));
  }
}

TEST(Problem, LabelsChooseClassesAndTheNullClassIsTheWhole) {
  const ProblemPtr p =
      from_text(R"({"problem": "mixture", "means": [[-1], [1]], "variances": [0.1, 0.2], "labels": [0, 1]})");
  ASSERT_EQ(p->info().conditions.size(), 1u);
  EXPECT_EQ(p->info().conditions[0].classes, 2);
  const at::Tensor x = at::zeros({3, 1}, at::kDouble), t = times(80, 3);
  const at::Tensor d = p->denoise(x, t, {{"label", at::arange(3)}});
  EXPECT_LT(d[0].item<double>(), -0.99);
  EXPECT_GT(d[1].item<double>(), 0.99);
  EXPECT_EQ(d[2].item<double>(), p->denoise(x, t)[2].item<double>());
  EXPECT_NEAR(p->mean(1).item<double>(), 1, 1e-15);
  const std::uint64_t ids[2] = {1, 2};
  const at::Tensor labels = at::zeros({2}, at::kLong);
  EXPECT_LT(p->sample(ids, 1, {{"label", labels}}).max().item<double>(), 1.5);
}

TEST(Problem, WrongCallsAreOneClearSentence) {
  const ProblemPtr p = named_problem("ring"), tp1 = named_problem("tp1");
  const at::Tensor x = at::zeros({3, 2}, at::kDouble), t = times(1, 3);
  const auto says = [](auto f, const char* part) {
    const std::string sentence = sentence_of(f);
    EXPECT_NE(sentence.find(part), std::string::npos) << sentence;
  };
  says([&] { p->denoise(x.to(at::kFloat), t); }, "dtype Float");
  says([&] { p->denoise(at::zeros({3, 3}, at::kDouble), t); }, "[3, 3]");
  says([&] { p->denoise(at::zeros({}, at::kDouble), t); }, "shape []");
  says([&] { p->denoise(at::Tensor(), t); }, "not defined");
  says([&] { p->denoise(x, times(1, 2)); }, "t must be double [3]");
  says([&] { p->denoise(x, t.to(at::kFloat)); }, "t must be double");
  says([&] { p->denoise(x, times(-1, 3)); }, "time -1");
  says([&] { p->denoise(x, times(std::nan(""), 3)); }, "time nan");
  says([&] { p->score(x, times(0, 3)); }, "where s = 0");
  says([&] { named_problem("ring:width=0")->log_density(x, times(0, 3)); }, "no density");
  says([&] { p->denoise(x, t, {{"label", at::zeros({3}, at::kLong)}}); }, "this problem has none");
  says([&] { p->mean(0); }, "class 0");
  says([&] { p->with_dtype(at::kHalf); }, "float64, float32");
  says([&] { Problem::make(nullptr, {}); }, "no density");
  const ProblemPtr classes =
      from_text(R"({"problem": "mixture", "means": [[-1], [1]], "variances": [1, 1], "labels": [0, 1]})");
  const at::Tensor y = at::zeros({3, 1}, at::kDouble);
  says([&] { classes->denoise(y, t, {{"label", at::full({3}, 3, at::kLong)}}); }, "label 3 of row 0");
  says([&] { classes->denoise(y, t, {{"label", at::zeros({2}, at::kLong)}}); }, "int64 [3]");
  says([&] { classes->denoise(y, t, {{"text", at::zeros({3}, at::kLong)}}); }, "valid: label");
  Call call;
  call.wanted_taps = {"mid"};
  says([&] { p->forward(x, t, {}, call); }, "\"mid\"");
  call.wanted_taps.clear();
  call.perturbations.emplace_back();
  says([&] { p->forward(x, t, {}, call); }, "perturb");
}

TEST(Problem, HashTellsDataPathHeadAndDtypeApart) {
  const ProblemPtr p = named_problem("ring");
  const std::uint64_t h = p->info().hash;
  EXPECT_EQ(h, named_problem("ring")->info().hash);
  EXPECT_NE(h, named_problem("ring:width=0.06")->info().hash);
  EXPECT_NE(h, p->with_path(Path::vp())->info().hash);
  EXPECT_NE(h, p->with_head({Prediction::noise})->info().hash);
  EXPECT_NE(h, p->with_dtype(at::kFloat)->info().hash);
}

TEST(Problem, EmptyBatchesGiveEmptyAnswers) {
  const ProblemPtr p = named_problem("ring");
  EXPECT_EQ(p->denoise(at::zeros({0, 2}, at::kDouble), times(1, 0)).size(0), 0);
  EXPECT_EQ(p->log_density(at::zeros({0, 2}, at::kDouble), times(1, 0)).size(0), 0);
}

}  // namespace
}  // namespace ulam::problem_test
