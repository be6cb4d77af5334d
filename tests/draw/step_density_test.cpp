// Densities of stochastic steps.
#include "ulam/draw/step_density.h"

#include "support.h"

#include <gtest/gtest.h>

#include "ulam/draw/loop.h"

namespace ulam::step_density_test {
namespace {

using testing::tp1;

TEST(Density, IsThatOfTheNormalTheStepDraws) {
  const auto model = tp1(Prediction::noise);
  const Plan plan = make_plan("ddpm", "time2", 5, model->info().path, model->info().head);
  const SolverProcess process(plan, Field(model), {.seed = 4});
  const std::vector<std::uint64_t> ids{8, 9};
  Ledger ledger;
  State state = process.start(ids);
  for (int i = 0; i < 3; ++i) {
    const at::Tensor d = process.peek(state, ledger, Watch{});
    const State before = clone(state);
    ASSERT_TRUE(process.has_log_density(i));
    process.step(state, ledger, Watch{});
    const double from = plan.times[i], to = plan.times[i + 1];
    const std::vector<double> nodes{from};
    const StepWeights w = weights({.form = Form::data, .eta = 1}, plan.path, from, to, nodes);
    const at::Tensor mean = before.x * w.of_x + d * w.of_nodes[0];
    const at::Tensor z = keyed_normal(4, Stream::step, ids, static_cast<std::uint32_t>(i),
                                      std::vector<std::int64_t>{1}, at::kDouble);
    EXPECT_LT((state.x - mean - z * w.noise).abs().max().item<double>(), 1e-13);
    const at::Tensor want = z.square().sum(1) * -.5 - std::log(w.noise * std::sqrt(2 * M_PI));
    EXPECT_LT((process.log_density(before, state.x) - want).abs().max().item<double>(), 1e-9);
  }
}

TEST(Density, IsRefusedWhereAStepHasNone) {
  const auto model = tp1();
  for (const char* spec : {"ddim", "heun"}) {
    const SolverProcess process(make_plan(spec, "time2", 5, model->info().path, model->info().head),
                                Field(model));
    EXPECT_FALSE(process.has_log_density(0));
    const std::vector<std::uint64_t> ids{1};
    State state = process.start(ids);
    Ledger ledger;
    EXPECT_NE(testing::error_text([&] { process.log_density(state, state.x); }).find("peek"),
              std::string::npos);
    process.peek(state, ledger, Watch{});
    EXPECT_NE(testing::error_text([&] { process.log_density(state, state.x); }).find("no density"),
              std::string::npos);
  }
}

// The free function and the process agree, and the density integrates to 1 (trapezoid rule over the next x).
TEST(Density, IntegratesToOne) {
  const auto model = tp1(Prediction::noise);
  const Plan plan = make_plan("ddpm", "time2", 5, model->info().path, model->info().head);
  const SolverProcess process(plan, Field(model), {.seed = 4});
  const std::vector<std::uint64_t> ids{8};
  Ledger ledger;
  State state = process.start(ids);
  process.peek(state, ledger, Watch{});
  double total = 0;
  const double h = 1e-3;
  for (double x = -8; x <= 8; x += h) {
    const at::Tensor after = testing::column({x});
    const double density = step_log_density(plan, 0, state, state.answer, after).item<double>();
    if (std::abs(x) < h) {
      EXPECT_EQ(density, process.log_density(state, after).item<double>());
    }
    total += std::exp(density) * h;
  }
  EXPECT_NEAR(total, 1, 1e-9);
}

}  // namespace
}  // namespace ulam::step_density_test
