#include "ulam/run/compare.h"

#include <cmath>
#include <filesystem>
#include <numeric>

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/guide/terms.h"
#include "ulam/problems/read_problem.h"

namespace ulam::compare_test {
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
  const Field field(named_problem("tp1"));
  const ModelInfo& info = field.info();
  for (int budget = 1; budget <= 40; ++budget)
    for (const char* solver : {"ddim", "heun", "rk4"}) {
      const auto plan = plan_within(solver, "", budget, field);
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

ProblemPtr two_classes() {
  return problem_from_json(
      nlohmann::json::parse(
          R"({"problem": "mixture", "means": [[-1, 0], [1, 0.5]], "variances": [0.2, 0.3], "labels": [0, 1]})"),
      "test.json", "");
}
CompareRequest guided_request(const std::vector<std::string>& guides, std::vector<int> budgets) {
  CompareRequest r = request({}, std::move(budgets));
  const ModelPtr model = two_classes();
  const auto find = [&](const std::string&) { return model; };
  for (const std::string& guide : guides)
    r.contenders.push_back({guide, model, "heun", "", {}, make_terms(guide, find)});
  r.conditions["label"] = at::arange(16, at::kLong).remainder(2);
  return r;
}

// Guidance must pay for its own answers out of the same budget, and no row more.
TEST(Compare, GuidanceIsPaidOutOfTheBudget) {
  const CompareResult r = compare(
      guided_request({"", "cfg:scale=2", "cfg:scale=2,low=0.5,high=3", "cfg:scale=1", "apg:scale=2"}, {19}));
  const std::vector<int> steps = {10, 5, 0, 10, 5};
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const CompareCell& cell = r.cells[i];
    if (steps[i] != 0) {
      EXPECT_EQ(cell.steps, steps[i]) << r.names[i];
    }
    EXPECT_LE(cell.evaluations, 19);
    EXPECT_EQ(cell.spent.evaluations, 16 * cell.evaluations) << r.names[i];
  }
  EXPECT_GT(r.cells[2].steps, 5);
  EXPECT_LT(r.cells[2].steps, 10);
}

// The reference of a guided contender is the guided equation's: against the plain one the error would not
// fall. Contenders of one guidance share it, others do not, and a kept one of another guidance is not taken.
TEST(Compare, TheReferenceIsOfTheGuidedEquation) {
  const std::string folder = ::testing::TempDir() + "guided-references";
  std::filesystem::remove_all(folder);
  CompareRequest wanted = guided_request({"", "cfg:scale=2"}, {80, 160});
  wanted.reference.folder = folder;
  const CompareResult r = compare(wanted);
  ASSERT_EQ(r.references.size(), 2u);
  for (const std::size_t cell : {0u, 2u})
    EXPECT_NEAR(std::log2(r.cells[cell].figures.at(0).value / r.cells[cell + 1].figures.at(0).value), 2, .5);
  EXPECT_EQ(r.references[1].model.substr(r.references[1].model.find(" with ")), " with cfg:scale=2");
  CompareRequest other = guided_request({"cfg:scale=2", "cfg:scale=3"}, {9});
  other.reference.folder = folder;
  const CompareResult again = compare(other);
  EXPECT_EQ(again.references.at(0).reference.evaluations, 0);
  EXPECT_GT(again.references.at(1).reference.evaluations, 0);
}

// What counts or remembers steps has no limit to be measured against.
TEST(Compare, GuidanceThatCountsStepsHasNoTrajectory) {
  const CompareResult r = compare(guided_request({"apg:scale=2,momentum=-0.5", "cfg:scale=2,stop=0.5",
                                                  "cfg:scale=0.5,form=plusplus", "apg:scale=2,momentum=0"},
                                                 {8}));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(r.cells[i].figures.empty()) << r.names[i];
    EXPECT_NE(r.cells[i].why.find("steps"), std::string::npos) << r.names[i];
  }
  EXPECT_EQ(r.cells[3].figures.at(0).name, "trajectory");
}

TEST(Compare, EqualGuidanceIsDrawnOnce) {
  const CompareResult r = compare(guided_request({"cfg:scale=2", "cfg:strength=1", "cfg:scale=3"}, {8}));
  EXPECT_EQ(r.cells[1].spent.evaluations, 0);
  EXPECT_GT(r.cells[2].spent.evaluations, 0);
  EXPECT_NE(r.cells[2].figures.at(0).value, r.cells[0].figures.at(0).value);
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
}  // namespace ulam::compare_test
