#include "ulam/run/compare.h"

#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "ulam/base/error.h"
#include "ulam/problems/read_problem.h"

namespace ulam {
namespace {

CompareRequest request(std::vector<std::string> solvers, std::vector<int> budgets,
                       const std::string& problem = "tp1") {
  CompareRequest r;
  const ModelPtr model = named_problem(problem);
  for (const std::string& s : solvers) r.contenders.push_back({s, model, s, "", {}});
  r.budgets = std::move(budgets);
  r.ids.resize(16);
  std::iota(r.ids.begin(), r.ids.end(), 0);
  r.reference.tolerance = 1e-7;
  return r;
}

// Equal ledgers: no contender may spend more than the budget, and each as much of it as its steps allow.
TEST(Compare, EveryCellUsesItsBudgetAndNoMore) {
  const CompareResult result = compare(request({"ddim", "heun", "rk4"}, {3, 8, 13}));
  ASSERT_EQ(result.cells.size(), 9u);
  for (const CompareCell& cell : result.cells) {
    const std::string& name = result.names[cell.contender];
    if (cell.steps == 0) {
      EXPECT_EQ(name, "rk4");
      EXPECT_EQ(cell.why, "one step costs more than 3 evaluations");
      continue;
    }
    EXPECT_LE(cell.evaluations, cell.budget);
    EXPECT_GT(cell.evaluations, cell.budget - 4);
    EXPECT_EQ(cell.spent.evaluations, 16 * cell.evaluations) << name;
  }
}

TEST(Compare, ErrorsFallAsTheOrderSays) {
  const CompareResult result = compare(request({"ddim", "heun"}, {40, 80, 160}));
  const auto error = [&](std::size_t cell) { return result.cells[cell].figures.at(0).value; };
  EXPECT_NEAR(std::log2(error(1) / error(2)), 1, .3);
  EXPECT_NEAR(std::log2(error(4) / error(5)), 2, .5);
  EXPECT_GT(result.cells[0].figures[0].error, 0);
  ASSERT_EQ(result.references.size(), 1u);  // shared
  EXPECT_TRUE(result.references[0].reference.converged);
}

// The reference costs hundreds of evaluations a sample: a set of thousands must not pay for it.
TEST(Compare, TrajectoriesAreThoseOfTheFirstSamples) {
  CompareRequest few = request({"ddim"}, {6}), many = few;
  few.ids.resize(5);
  many.trajectories = 5;
  const CompareResult a = compare(few), b = compare(many);
  EXPECT_EQ(a.cells[0].figures.at(0).value, b.cells[0].figures.at(0).value);
  EXPECT_EQ(b.cells[0].figures.at(0).rows, 5);
  EXPECT_EQ(a.references[0].reference.evaluations, b.references[0].reference.evaluations);
  EXPECT_EQ(b.cells[0].spent.evaluations, 16 * 6);
}

TEST(Compare, StochasticSolversHaveNoTrajectory) {
  CompareRequest r = request({"ddpm"}, {10});
  r.measures.push_back([](const at::Tensor& x, const std::string& name) {
    return std::vector<Figure>{{"mean", x.mean().item<double>(), .1, "made up", x.size(0), name}};
  });
  const CompareResult result = compare(r);
  ASSERT_EQ(result.cells[0].figures.size(), 1u);
  EXPECT_EQ(result.cells[0].figures[0].name, "mean");
  EXPECT_EQ(result.cells[0].figures[0].note, "ddpm at 10 evaluations");
  EXPECT_TRUE(result.references.empty());
  EXPECT_NE(result.cells[0].why.find("adds noise"), std::string::npos);
}

// ddim:eta=0 is ddim: drawing it twice would waste the budget.
TEST(Compare, EqualPlansAreDrawnOnce) {
  const CompareResult result = compare(request({"ddim", "ddim:eta=0"}, {6}));
  EXPECT_EQ(result.cells[1].spent.evaluations, 0);
  EXPECT_EQ(result.cells[1].figures.at(0).value, result.cells[0].figures.at(0).value);
  EXPECT_EQ(result.cells[1].why, "the same plan as ddim");
}

// People read the time left from it: draws that are skipped must not count as work to come.
TEST(Compare, ProgressEndsAtItsTotal) {
  CompareRequest r = request({"ddim", "ddim:eta=0", "heun"}, {4, 6});
  Progress last;
  r.watch.progress = [&](const Progress& p) {
    if (p.what == "comparing") last = p;
  };
  compare(r);
  EXPECT_GT(last.total, 0);
  EXPECT_EQ(last.done, last.total);
}

TEST(Compare, ABudgetPaysForAsManyStepsAsItCan) {
  const ModelInfo info = named_problem("tp1")->info();
  for (int budget = 1; budget <= 40; ++budget)
    for (const char* solver : {"ddim", "heun", "rk4"}) {
      const auto plan = plan_within(solver, "", budget, info);
      const int steps = plan ? plan->levels() : 0;
      if (plan) {
        EXPECT_LE(evaluations(*plan), budget) << solver;
      }
      EXPECT_GT(evaluations(make_plan(solver, "", steps + 1, info.path, info.head)), budget) << solver;
    }
}

TEST(Compare, AFinishedPlanHasItsOwnBudget) {
  CompareRequest r = request({"ddim"}, {6});
  const ModelInfo& info = r.contenders[0].model->info();
  r.contenders.push_back(
      {"mine", r.contenders[0].model, "", "", make_plan("heun", "", 4, info.path, info.head)});
  const CompareResult result = compare(r);
  ASSERT_EQ(result.cells.size(), 2u);
  EXPECT_EQ(result.cells[1].evaluations, evaluations(*r.contenders[1].plan));
}

TEST(Compare, CancelKeepsFinishedCells) {
  CompareRequest r = request({"ddim", "heun"}, {5, 10});
  r.trajectories = 0;
  CancelToken token;
  r.watch.cancel = &token;
  r.measures.push_back([&](const at::Tensor&, const std::string& name) {
    if (name == "ddim at 10 evaluations") token.cancel();
    return std::vector<Figure>{};
  });
  const CompareResult result = compare(r);
  EXPECT_TRUE(result.cancelled);
  EXPECT_EQ(result.cells.size(), 2u);
}

TEST(Compare, WhatCannotBeComparedIsRefused) {
  EXPECT_THROW(compare(request({}, {5})), Error);
  EXPECT_THROW(compare(request({"ddim"}, {})), Error);
  EXPECT_THROW(compare(request({"ddim"}, {0})), Error);
  EXPECT_THROW(compare(request({"dddim"}, {5})), Error);
  CompareRequest shapes = request({"ddim"}, {5});
  shapes.contenders.push_back({"ring", named_problem("ring"), "ddim", "", {}});
  EXPECT_THROW(compare(shapes), Error);
  CompareRequest one = request({"ddim"}, {5});
  one.ids = {1};
  EXPECT_THROW(compare(one), Error);
}

}  // namespace
}  // namespace ulam
