// Draws of Gaussian data in closed form: a plan is linear in its start and its noises, so mean and variance
// of what it draws follow exactly, without sampling.
#include "support.h"
#include <deque>

#include <gtest/gtest.h>

namespace ulam::gaussian_moments_test {
namespace {

constexpr double data_mean = .7, data_variance = .3;

// A quantity of a draw as its coefficients of (start, 1, z of step 0, z of step 1, ...).
using Linear = std::vector<double>;

Linear combined(const std::vector<double>& of, const std::vector<const Linear*>& columns, std::size_t size) {
  Linear out(size, 0.0);
  for (std::size_t c = 0; c < columns.size(); ++c)
    for (std::size_t i = 0; i < size; ++i) out[i] += of[c] * (*columns[c])[i];
  return out;
}

// The end of a draw for data N(data_mean, data_variance): D = m + a v (x - a m) / (a^2 v + s^2).
Linear end_of(const Plan& plan) {
  const std::size_t size = 2 + static_cast<std::size_t>(plan.levels());
  Linear x(size, 0.0);
  x[0] = 1;
  std::deque<Linear> history;
  std::vector<Linear> registers(static_cast<std::size_t>(plan.memory + plan.scratch), Linear(size, 0.0));
  for (int i = 0; i < plan.levels(); ++i) {
    const Variant& variant = plan.variant(i, static_cast<int>(history.size()));
    for (const Move& move : variant.moves) {
      std::vector<const Linear*> columns{&x};
      for (std::size_t j = 0; j < variant.nodes.size(); ++j) columns.push_back(&history[j]);
      for (const Linear& r : registers) columns.push_back(&r);
      Linear answer;
      if (move.time) {
        const Marginal m = plan.path.at(*move.time);
        const double gain = m.a * data_variance / (m.a * m.a * data_variance + m.s * m.s);
        const Affine head = from_data(plan.head, m);
        answer = x;
        for (double& v : answer) v *= head.of_x + head.of_p * gain;
        answer[1] += head.of_p * (1 - gain * m.a) * data_mean;
        columns.push_back(&answer);
      }
      Linear next = x;
      std::vector<Linear> written = registers;
      std::optional<Linear> pushed;
      for (const Row& row : move.rows) {
        Linear value = combined(row.of, columns, size);
        value[2 + static_cast<std::size_t>(i)] += row.noise;
        if (row.to == Row::To::x)
          next = std::move(value);
        else if (row.to == Row::To::history)
          pushed = std::move(value);
        else
          written[static_cast<std::size_t>(row.index)] = std::move(value);
      }
      x = std::move(next);
      registers = std::move(written);
      if (pushed) history.push_front(std::move(*pushed));
      while (static_cast<int>(history.size()) > plan.history) history.pop_back();
    }
  }
  return x;
}

struct Errors {
  double mean = 0, variance = 0;
};
// Begins at the exact marginal, so both would be 0 for an exact solver.
Errors errors(const std::string& spec, const std::string& grid, int steps) {
  const Path path = Path::vp();
  const Plan plan = make_plan(spec, grid, steps, path, Head{Prediction::noise, .5});
  const Marginal start = path.at(plan.times.front()), end = path.at(plan.times.back());
  const auto spread = [](const Marginal& m) { return m.a * m.a * data_variance + m.s * m.s; };
  const Linear x = end_of(plan);
  double variance = x[0] * x[0] * spread(start);
  for (std::size_t i = 2; i < x.size(); ++i) variance += x[i] * x[i];
  return {x[0] * start.a * data_mean + x[1] - end.a * data_mean, variance - spread(end)};
}

// At the mean D does not move, so a consistent solver carries it exactly, with or without noise, at any N.
TEST(GaussianMoments, MeansAreExactForEverySolver) {
  for (const std::string& spec : testing::all_specs())
    for (const char* grid : {"logsnr", "time2"})
      for (const int steps : {1, 2, 4, 9}) EXPECT_NEAR(errors(spec, grid, steps).mean, 0, 1e-12) << spec;
}
TEST(GaussianMoments, EditsKeepTheMean) {
  for (const std::string& host : testing::edit_hosts())
    for (const std::string& edit : testing::edit_specs())
      if (edit != "afs") {
        EXPECT_NEAR(errors(host + "+" + edit, "time2", 7).mean, 0, 1e-12) << host << " " << edit;
      }
}

struct Slope {
  const char *name, *spec;
  double order;
};
class VarianceOrders : public ::testing::TestWithParam<Slope> {};
// A wrong deviation or a wrong drift of the noise shows as order 0, an SDE term of first order as 1.
TEST_P(VarianceOrders, SlopeOfTheErrorOverSteps) {
  std::vector<double> n, error;
  for (const int steps : {40, 80, 160, 320, 640}) {
    n.push_back(steps);
    error.push_back(std::abs(errors(GetParam().spec, "logsnr", steps).variance));
  }
  EXPECT_NEAR(testing::slope(n, error), GetParam().order, .15);
}
INSTANTIATE_TEST_SUITE_P(
    Gaussian, VarianceOrders,
    ::testing::Values(Slope{"sde1", "dpmpp:order=1,eta=1", 1}, Slope{"sde1half", "dpmpp:order=1,eta=0.5", 1},
                      Slope{"sde2", "dpmpp:eta=1", 2}, Slope{"sde2half", "dpmpp:eta=0.5", 2},
                      Slope{"sde2heun", "dpmpp:variant=heun,eta=1", 2},
                      Slope{"sde3", "dpmpp:order=3,eta=1", 2}, Slope{"ode1", "dpmpp:order=1", 1},
                      Slope{"ode2", "dpmpp", 2}, Slope{"ancestral", "euler-ancestral", 1}),
    [](const auto& info) { return info.param.name; });

// The closed form is that of the draws: two runs of the real loop give the coefficient of the start.
TEST(GaussianMoments, TheClosedFormIsWhatTheLoopDoes) {
  const Path path = Path::vp();
  const auto model = std::make_shared<testing::MixtureModel>(
      path, Head{Prediction::noise, .5}, std::vector<testing::Component>{{1, data_mean, data_variance}});
  for (const std::string& spec : testing::all_specs()) {
    const Plan plan = make_plan(spec, "time2", 6, path, model->info().head);
    if (stochastic(plan) || plan.own.any()) continue;  // rows with times of their own are not affine in x
    const at::Tensor x = testing::run_plan(model, plan, testing::column({-.4, 1.1}));
    const Linear end = end_of(plan);
    EXPECT_NEAR(x[0].item<double>(), -.4 * end[0] + end[1], 1e-11) << spec;
    EXPECT_NEAR(x[1].item<double>(), 1.1 * end[0] + end[1], 1e-11) << spec;
  }
}

}  // namespace
}  // namespace ulam::gaussian_moments_test
