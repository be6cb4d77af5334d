// Stochastic solvers against the distribution they promise. Statistical; bands are stated.
#include "support.h"
#include <numeric>

#include <gtest/gtest.h>

#include "ulam/draw/loop.h"

namespace ulam::stochastic_long {
namespace {

using testing::tp1_components;

std::vector<std::uint64_t> numbers(std::size_t n) {
  std::vector<std::uint64_t> ids(n);
  std::iota(ids.begin(), ids.end(), 0);
  return ids;
}

std::shared_ptr<testing::MixtureModel> mixture(const Path& path) {
  return std::make_shared<testing::MixtureModel>(path, Head{Prediction::data, .5}, tp1_components());
}

// E f under the mixture widened by s^2 at signal a, by the trapezoid rule.
double expectation(const Marginal& m, double (*f)(double)) {
  double sum = 0;
  const double h = 1e-3;
  for (double x = -8; x <= 8; x += h)
    for (const auto& c : tp1_components()) {
      const double v = m.a * m.a * c.variance + m.s * m.s, d = x - m.a * c.mean;
      sum += h * c.weight * std::exp(-.5 * d * d / v) / std::sqrt(2 * M_PI * v) * f(x);
    }
  return sum;
}

// Importance weights along the reverse chain are unbiased whatever the step: with x_N from p(x_N),
//   w = p(x_0) prod q(x_{k+1} | x_k) / (p(x_N) prod K(x_k | x_{k+1})),   E w = 1,
// where q is the forward kernel of the path. A step whose log-density is not that of the noise it adds, or a
// posterior with a wrong variance, moves the mean. `large` variance keeps the second moment finite. 5 sigma.
TEST(StochasticLong, StatisticalWeightsOfTheReverseChainAverageToOne) {
  for (const Path& path : {Path::vp(), Path::cosine(), Path::edm()}) {
    const auto model = mixture(path);
    const Plan plan = make_plan("ddpm:variance=large", "logsnr", 24, path, model->info().head);
    const SolverProcess process(plan, Field(model), {.seed = 11});
    const std::size_t rows = 200'000;
    const auto ids = numbers(rows);
    const auto log_p = [&](const at::Tensor& x, const Marginal& m) {
      std::vector<at::Tensor> parts;
      for (const auto& c : tp1_components()) {
        const double v = m.a * m.a * c.variance + m.s * m.s;
        parts.push_back((x - m.a * c.mean).square() * (-.5 / v) + std::log(c.weight) -
                        .5 * std::log(2 * M_PI * v));
      }
      return at::logsumexp(at::cat(parts, 1), 1);
    };
    // Exact rows at the first level: choose a component, then widen it.
    const Marginal first = path.at(plan.times.front());
    at::Tensor x = at::empty({static_cast<std::int64_t>(rows), 1}, at::kDouble);
    for (std::size_t r = 0; r < rows; ++r) {
      const RowKey key{make_key(11, Stream::test), r, 0};
      const double u = random_uniform(key, 0);
      const auto c = tp1_components()[u < .5 ? 0 : u < .8 ? 1 : 2];
      const double z =
          std::sqrt(-2 * std::log(random_uniform(key, 1))) * std::cos(2 * M_PI * random_uniform(key, 2));
      x.data_ptr<double>()[r] =
          first.a * c.mean + std::sqrt(first.a * first.a * c.variance + first.s * first.s) * z;
    }
    at::Tensor log_w = -log_p(x, first);
    State state = process.start_from(x.clone(), ids);
    Ledger ledger;
    int steps = 0;
    for (; steps < process.levels() && process.has_log_density(steps); ++steps) {
      process.peek(state, ledger, Watch{});
      const State before = clone(state);
      process.step(state, ledger, Watch{});
      const Marginal from = path.at(plan.times[static_cast<std::size_t>(steps)]);
      const Marginal to = path.at(plan.times[static_cast<std::size_t>(steps) + 1]);
      const double ratio = from.a / to.a, v = from.s * from.s - ratio * ratio * to.s * to.s;
      const at::Tensor forward =
          ((before.x - state.x * ratio).square() * (-.5 / v) - .5 * std::log(2 * M_PI * v)).sum(1);
      log_w += forward - process.log_density(before, state.x);
    }
    ASSERT_GE(steps, process.levels() - 1);
    log_w += log_p(state.x, path.at(plan.times[static_cast<std::size_t>(steps)]));
    const at::Tensor w = log_w.exp();
    const double error = w.std().item<double>() / std::sqrt(static_cast<double>(rows));
    EXPECT_NEAR(w.mean().item<double>(), 1, 5 * error) << path.json();
    EXPECT_LT(error, .05) << path.json() << ": the weights are too wild to show anything";
  }
}

// The weak error of ancestral sampling falls in proportion to the steps: E cos(2x) and E x^2 at 10, 20, 40
// steps with 1e6 rows (its sampling error is below a tenth of the smallest bias).
TEST(StochasticLong, StatisticalWeakErrorIsOfOrderOne) {
  const auto model = mixture(Path::vp());
  const auto square = [](double x) { return x * x; };
  const auto wave = [](double x) { return std::cos(2 * x); };
  for (const char* spec : {"ddpm", "ddim:eta=0.7"}) {
    std::vector<double> n, square_error, wave_error;
    double noise = 0;
    for (const int steps : {10, 20, 40}) {
      DrawRequest request{Field(model)};
      request.solver = spec;
      request.grid = "logsnr";
      request.steps = steps;
      request.count = 1'000'000;
      request.batch = 1 << 14;
      request.seed = 3;
      const DrawResult result = draw(request);
      const Marginal end = model->info().path.at(result.plan.times.back());
      n.push_back(steps);
      square_error.push_back(
          std::abs(result.samples.square().mean().item<double>() - expectation(end, square)));
      wave_error.push_back(
          std::abs((result.samples * 2).cos().mean().item<double>() - expectation(end, wave)));
      noise = result.samples.square().std().item<double>() / 1e3;
    }
    std::printf("%s: E x^2 off by %.5f %.5f %.5f, E cos 2x by %.5f %.5f %.5f, sampling error %.5f\n", spec,
                square_error[0], square_error[1], square_error[2], wave_error[0], wave_error[1],
                wave_error[2], noise);
    EXPECT_NEAR(testing::slope(n, square_error), 1, .35) << spec;
    EXPECT_NEAR(testing::slope(n, wave_error), 1, .35) << spec;
  }
}

}  // namespace
}  // namespace ulam::stochastic_long
