// Draws on a path with a centre: the strided posterior, orders, weak orders.
#include "support.h"

#include <gtest/gtest.h>

#include "ulam/problems/read_problem.h"

namespace ulam::centre_orders_test {
namespace {

using testing::column;

ProblemPtr restoration() {
  nlohmann::json j = {{"problem", "mixture"}, {"means", {{.3}, {.7}}},    {"variances", {.01, .004}},
                      {"weights", {.5, .5}},  {"path", "mean_reverting"}, {"centre_noise", .25},
                      {"head", "noise"}};
  return problem_from_json(j, "test.json", "");
}

// Table of the strided posterior: th 2.3 -> .9, S = 50/255.
TEST(Centre, FirstOrderSdeIsTheStridedPosteriorWithItsGoldenNumbers) {
  const double S = 50. / 255;
  const Path path = Path::mean_reverting(100, S);
  const auto time = [&](double th) {
    return path.time_of_half_log_snr(-th - std::log(S * std::sqrt(-std::expm1(-2 * th))));
  };
  Rule rule;
  rule.eta = 1;
  const std::vector<double> nodes{time(2.3)};
  const StepWeights w = weights(rule, path, nodes[0], time(.9), nodes);
  EXPECT_NEAR(w.of_x, .2079247858, 5e-11);
  EXPECT_NEAR(w.of_nodes[0], .3857233611, 5e-11);
  EXPECT_NEAR(1 - w.of_x - w.of_nodes[0], .4063518531, 5e-11);  // of mu, in x
  EXPECT_NEAR(w.noise * w.noise, .0304460962, 5e-11);
  const double B = std::exp(-2.3), C = std::exp(-.9), A = B / C;
  EXPECT_NEAR(w.of_x, A * (1 - C * C) / (1 - B * B), 1e-14);
  EXPECT_NEAR(w.of_nodes[0], C * (1 - A * A) / (1 - B * B), 1e-14);
  EXPECT_NEAR(w.noise * w.noise, S * S * (1 - A * A) * (1 - C * C) / (1 - B * B), 1e-15);
}

Recipe of_order(int order) {
  StepRecipe step;
  step.order = order;
  Recipe recipe;
  recipe.steps.push_back(step);
  return recipe;
}

std::vector<double> even_in_log_snr(const Path& path, double from, double to, int steps) {
  std::vector<double> times;
  const double first = path.half_log_snr(from), last = path.half_log_snr(to);
  for (int i = 0; i <= steps; ++i)
    times.push_back(path.time_of_half_log_snr(first + (last - first) * i / steps));
  times.front() = from;
  times.back() = to;
  return times;
}

TEST(Centre, OrdersOneTwoThreeOnAMixtureWithACentre) {
  const ProblemPtr problem = restoration();
  const Path& path = problem->info().path;
  const at::Tensor mu = column({.2, .9, .5, .3}), x = mu + column({.1, -.3, .2, .02});
  const auto run = [&](const Recipe& recipe, int steps) {
    DrawRequest request{Field(problem)};
    request.plan = compile_plan(recipe, even_in_log_snr(path, 100, 5, steps), path, problem->info().head);
    request.noise = x;
    request.count = 4;
    request.conditions["centre"] = mu;
    return draw(request).samples;
  };
  const at::Tensor exact = run(make_recipe("rk4"), 2000);
  for (const int order : {1, 2, 3}) {
    std::vector<double> n, error;
    for (const int steps : {320, 640, 1280}) {  // the third order shows late
      n.push_back(steps);
      error.push_back((run(of_order(order), steps) - exact).square().mean().sqrt().item<double>());
    }
    EXPECT_NEAR(testing::slope(n, error), order, .25) << order;
  }
}

// Gaussian data make D affine in y, so a draw's mean and variance follow in closed form from the step's
// numbers: no sampling error hides the weak order.
TEST(Centre, WeakOrdersOneAndTwoOfTheSdeByClosedMoments) {
  const Path path = Path::mean_reverting();
  const double mean = .3, variance = .02;  // of y0 = x0 - mu
  for (const int order : {1, 2}) {
    std::vector<double> n, variance_error;
    for (const int steps : {40, 80, 160, 320}) {
      const std::vector<double> times = even_in_log_snr(path, 60, 5, steps);
      // Mean and covariance of (y, D of the step before), from a given y at the first time.
      const double start = .4;
      double my = start, md = 0, cyy = 0, cyd = 0, cdd = 0;
      for (int i = 0; i < steps; ++i) {
        const Marginal m = path.at(times[static_cast<std::size_t>(i)]);
        const double k = m.a * variance / (m.a * m.a * variance + m.s * m.s), c = mean - k * m.a * mean;
        std::vector<double> nodes{times[static_cast<std::size_t>(i)]};
        if (order == 2 && i > 0) nodes.push_back(times[static_cast<std::size_t>(i) - 1]);
        Rule rule;
        rule.eta = 1;
        const StepWeights w = weights(rule, path, nodes[0], times[static_cast<std::size_t>(i) + 1], nodes);
        const double of_y = w.of_x + w.of_nodes[0] * k, of_d = nodes.size() > 1 ? w.of_nodes[1] : 0;
        const double next_my = of_y * my + of_d * md + w.of_nodes[0] * c, next_md = k * my + c;
        const double next_cyy =
            of_y * of_y * cyy + 2 * of_y * of_d * cyd + of_d * of_d * cdd + w.noise * w.noise;
        const double next_cyd = k * (of_y * cyy + of_d * cyd), next_cdd = k * k * cyy;
        my = next_my, md = next_md, cyy = next_cyy, cyd = next_cyd, cdd = next_cdd;
      }
      // The exact law of y_t given y_s: both are Gaussian with covariance (a_s/a_t) var_t.
      const Marginal first = path.at(times.front()), last = path.at(times.back());
      const double var_s = first.a * first.a * variance + first.s * first.s,
                   var_t = last.a * last.a * variance + last.s * last.s, shared = first.a / last.a * var_t;
      n.push_back(steps);
      // D is a martingale of the reverse SDE, so the mean is exact at any step.
      EXPECT_NEAR(my, last.a * mean + shared / var_s * (start - first.a * mean), 1e-13);
      variance_error.push_back(std::abs(cyy - var_t + shared * shared / var_s));
    }
    EXPECT_NEAR(testing::slope(n, variance_error), order, .25) << order;
  }
}

}  // namespace
}  // namespace ulam::centre_orders_test
