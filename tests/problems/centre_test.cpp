// Exact problems on a path with a centre: what they know of x0 from x, and from a centre that is its degraded
// self.
#include "tests/errors.h"
#include "tests/problems/cases.h"
#include <cmath>

#include <gtest/gtest.h>

namespace ulam::centre_test {
namespace {

ProblemPtr restoration(double centre_noise, Prediction head = Prediction::data) {
  nlohmann::json j = nlohmann::json::parse(
      R"({"problem": "mixture", "means": [[0.3], [0.7]], "variances": [0.01, 0.004], "weights": [0.5, 0.5],
          "path": "mean_reverting"})");
  j["centre_noise"] = centre_noise;
  j["head"] = name_of(head);
  return problem_from_json(j, "test.json", "");
}
at::Tensor column(std::vector<double> values) {
  return at::tensor(values, at::kDouble).reshape({static_cast<std::int64_t>(values.size()), 1});
}
Conditions centre(const at::Tensor& mu) { return {{"centre", mu}}; }

// D by brute force over x0: prior, likelihood of x, and likelihood of mu where it is a degraded x0.
TEST(CentredProblem, DenoisedIsThePosteriorMeanByIntegration) {
  const Path path = Path::mean_reverting();
  const at::Tensor x = column({.1, .45, .62, 1.1}), mu = column({.2, .9, .5, .3});
  for (const double w : {0., .05, .25, 3.})
    for (const double t : {4., 30., 77., 100.}) {
      const Marginal m = path.at(t);
      const at::Tensor d = restoration(w)->denoise(x, times(t, 4), centre(mu));
      for (int r = 0; r < 4; ++r) {
        const double xr = x[r].item<double>(), mr = mu[r].item<double>();
        double sum = 0, total = 0;
        for (int i = 0; i <= 40000; ++i) {
          const double x0 = -1 + 3 * i / 40000.;
          const auto normal = [](double v, double var) {
            return std::exp(-.5 * v * v / var) / std::sqrt(var);
          };
          const double p = (normal(x0 - .3, .01) + normal(x0 - .7, .004)) *
                           normal(xr - m.a * x0 - (1 - m.a) * mr, m.s * m.s) *
                           (w > 0 ? normal(mr - x0, w * w) : 1);
          sum += p * x0;
          total += p;
        }
        EXPECT_NEAR(d[r].item<double>(), sum / total, 1e-10) << w << " " << t << " " << r;
      }
    }
}

// A centre that says nothing is only a shift of the observation.
TEST(CentredProblem, WithoutInformationItIsThePlainProblemShifted) {
  const Path path = Path::mean_reverting(100, 1);
  std::vector<double> betas;
  for (int i = 1; i <= 100; ++i) betas.push_back(1 - std::pow(path.at(i).a / path.at(i - 1).a, 2));
  for (const ProblemPtr& base : all_problems()) {
    const ProblemPtr p = base->with_path(path), plain = base->with_path(Path::discrete(betas));
    const double t = 40, a = path.at(t).a;
    const at::Tensor x = rows_of(*plain, t - 1, 6), mu = at::cos(x * 5);
    const at::Tensor d = p->denoise(x + (1 - a) * mu, times(t, 6), centre(mu));
    EXPECT_LT(largest(d - plain->denoise(x, times(t - 1, 6))), 1e-10) << p->info().name;
  }
}

// eps, v, u and the score of y = x - mu must all mean the same D - mu.
TEST(CentredProblem, EveryHeadIsTheSameAnswer) {
  const Path path = Path::mean_reverting();
  const at::Tensor x = column({.1, .45, .62, 1.1}), mu = column({.2, .9, .5, .3});
  for (const double w : {0., .25})
    for (const double t : {3., 50., 100.}) {
      const at::Tensor d = restoration(w)->denoise(x, times(t, 4), centre(mu));
      for (const Prediction head :
           {Prediction::noise, Prediction::velocity, Prediction::flow, Prediction::score}) {
        Call call;
        const at::Tensor p = restoration(w, head)->forward(x, times(t, 4), centre(mu), call);
        const Affine c = to_data({head, .5}, path.at(t));
        const double scale = 1 + std::abs(c.of_x);
        EXPECT_LT(largest((x - mu) * c.of_x + p * c.of_p + mu - d), 1e-14 * scale) << name_of(head) << t;
      }
      Call call;
      EXPECT_TRUE(at::equal(restoration(w)->forward(x, times(t, 4), centre(mu), call), d));
    }
}

TEST(CentredProblem, DerivativeIsThatOfDifferences) {
  for (const double w : {0., .25})
    for (const Prediction head : {Prediction::data, Prediction::noise}) {
      const ProblemPtr p = restoration(w, head);
      const at::Tensor x = column({.1, .45, .62}).requires_grad_(true), mu = column({.2, .9, .5});
      const at::Tensor t = at::tensor({9., 40., 90.}, at::kDouble);
      Call call;
      p->forward(x, t, centre(mu), call).sum().backward();
      const double h = 1e-6;
      const at::Tensor base = x.detach();
      const at::Tensor slope =
          (p->forward(base + h, t, centre(mu), call) - p->forward(base - h, t, centre(mu), call)) / (2 * h);
      EXPECT_LT(largest(x.grad() - slope), 1e-7 * (1 + largest(slope)));
    }
}

TEST(CentredProblem, CleanStateIsItsOwnData) {
  const at::Tensor x = column({.1, .45}), mu = column({.2, .9});
  for (const double w : {0., .25})
    EXPECT_LT(largest(restoration(w)->denoise(x, times(0, 2), centre(mu)) - x), 1e-15);
}

TEST(CentredProblem, RowsAndDtypesAreIndependent) {
  const ProblemPtr p = restoration(.25), single = p->with_dtype(at::kFloat);
  const at::Tensor x = column({.1, .45, .62, 1.1}), mu = column({.2, .9, .5, .3});
  const at::Tensor t = at::tensor({9., 40., 40., 90.}, at::kDouble), d = p->denoise(x, t, centre(mu));
  for (int r = 0; r < 4; ++r)
    EXPECT_TRUE(at::equal(p->denoise(x.narrow(0, r, 1), t.narrow(0, r, 1), centre(mu.narrow(0, r, 1))),
                          d.narrow(0, r, 1)));
  const at::Tensor f = single->denoise(x.to(at::kFloat), t, centre(mu.to(at::kFloat)));
  EXPECT_LT(largest(f.to(at::kDouble) - d), 1e-6);
}

TEST(CentredProblem, SamplesOfAMarginalLieAroundTheMean) {
  const ProblemPtr p = restoration(0);
  const std::vector<std::uint64_t> ids{0, 1, 2, 3};
  const at::Tensor mu = column({.2, .9, .5, .3});
  const double a = Path::mean_reverting().at(60).a;
  const at::Tensor moved = p->sample_at(60, ids, 1, centre(mu)) - p->sample_at(60, ids, 1, centre(mu * 0));
  EXPECT_LT(largest(moved - (1 - a) * mu), 1e-15);
}

TEST(CentredProblem, WrongCallsAreOneClearSentence) {
  using testing::expect_error;
  const ProblemPtr p = restoration(.25);
  const at::Tensor x = column({.1, .45}), t = times(5, 2);
  expect_error(ErrorKind::option, {"\"centre\" is needed"}, [&] { p->denoise(x, t); });
  expect_error(ErrorKind::shape, {"centre", "[2, 1]"}, [&] { p->denoise(x, t, centre(at::zeros({2, 2}))); });
  expect_error(ErrorKind::unsupported, {"log densities"}, [&] { p->log_density(x, t, centre(x)); });
  expect_error(ErrorKind::unsupported, {"scores"}, [&] { p->score(x, t, centre(x)); });
  expect_error(ErrorKind::option, {"centre_noise = -1"}, [] { restoration(-1); });
  expect_error(ErrorKind::unsupported, {"centre"}, [&] {
    named_problem("ring")->denoise(at::zeros({2, 2}, at::kDouble), times(1, 2), centre(at::zeros({2, 2})));
  });
  EXPECT_NE(restoration(.1)->info().hash, restoration(.2)->info().hash);
}

}  // namespace
}  // namespace ulam::centre_test
