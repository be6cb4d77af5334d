// Plans whose evaluations leave modules of the network out.
#include "tests/errors.h"
#include <set>

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ulam/draw/loop.h"
#include "ulam/guide/terms.h"

namespace ulam::left_out_test {
namespace {

using Modules = std::vector<std::string>;

/// D = f x with f = 0.5, and more for each module that is left out. Remembers what each call left out.
class Layered final : public Model {
 public:
  Layered() {
    info_.name = "layered";
    info_.path = Path::edm();
    info_.shape = {2};
    info_.dtype = at::kDouble;
    info_.perturbations = {"a:skip", "b:skip", "b:identity_attention"};
  }
  const ModelInfo& info() const override { return info_; }
  at::Tensor forward(const at::Tensor& x, const at::Tensor&, const Conditions&, Call& call) const override {
    double factor = 0.5;
    std::set<std::string> out;
    for (const Perturbation& p : call.perturbations) {
      EXPECT_EQ(p.kind, Perturbation::Kind::skip);
      EXPECT_FALSE(p.rows.defined());
      if (out.insert(p.module).second) factor += p.module == "a" ? 0.125 : 0.03125;
    }
    calls.push_back(out);
    return x * factor;
  }
  ModelInfo info_;
  mutable std::vector<std::set<std::string>> calls;
};

Plan plan_that_leaves_out(const std::vector<Modules>& modules) {
  Plan plan = make_plan("ddim", "karras:final=clean", static_cast<int>(modules.size()), Path::edm(), Head{});
  for (std::size_t i = 0; i < modules.size(); ++i)
    for (Variant& v : plan.steps[i].variants)
      for (Move& move : v.moves) move.left_out = modules[i];
  return plan;
}

// A mask that is lost on the way to the network would go unseen: the plan would only be worse.
TEST(LeftOut, EveryEvaluationLeavesOutWhatThePlanSays) {
  const auto model = std::make_shared<Layered>();
  const Plan plan = plan_that_leaves_out({{"a"}, {}, {"a", "b"}});
  const Plan read = parse_plan(plan_json(plan).dump());
  EXPECT_EQ(plan_hash(read), plan_hash(plan));
  EXPECT_NE(plan_hash(plan_that_leaves_out({{}, {}, {}})), plan_hash(plan));
  const std::vector<std::uint64_t> ids{1, 2};
  for (const Plan& p : {plan, read}) {
    model->calls.clear();
    const SolverProcess process(p, Field(model));
    State state = process.start(ids);
    const at::Tensor start = state.x.clone();
    Ledger ledger;
    run(process, state, ledger, Watch{});
    EXPECT_EQ(model->calls, (std::vector<std::set<std::string>>{{"a"}, {}, {"a", "b"}}));
    EXPECT_EQ(ledger.spent().evaluations, 6);
    at::Tensor x = start;
    const double factor[] = {0.625, 0.5, 0.65625};
    for (std::size_t i = 0; i < 3; ++i) {
      const double keep = p.times[i + 1] / p.times[i];
      x = x * keep + x * factor[i] * (1 - keep);
    }
    EXPECT_LT((state.x - x).abs().max().item<double>(), 1e-12 * 80);
  }
}

// Rows at different steps in one batch: each gets its own mask, by step and by peek, and the bits of its own
// run.
TEST(LeftOut, RowsAtDifferentStepsKeepTheirMasks) {
  const auto model = std::make_shared<Layered>();
  const SolverProcess process(plan_that_leaves_out({{"a"}, {"b"}, {}}), Field(model));
  Ledger ledger;
  const std::vector<std::uint64_t> first{1, 2}, second{3};
  const auto alone = [&](std::span<const std::uint64_t> ids, int steps) {
    State s = process.start(ids);
    for (int i = 0; i < steps; ++i) process.step(s, ledger, Watch{});
    return s;
  };
  for (const bool peeks : {false, true}) {
    State late = alone(first, 1), early = alone(second, 0);
    const std::vector<State> both{late, early};
    State mixed = concatenate(both);
    if (peeks) process.peek(mixed, ledger, Watch{});
    process.step(mixed, ledger, Watch{});
    const State a = alone(first, 2), b = alone(second, 1);
    EXPECT_TRUE(at::equal(mixed.x.narrow(0, 0, 2), a.x)) << peeks;
    EXPECT_TRUE(at::equal(mixed.x.narrow(0, 2, 1), b.x)) << peeks;
  }
}

// Guidance asks the same network: its queries leave out the same, beside what they ask themselves.
TEST(LeftOut, GuidanceLeavesOutTheSame) {
  const auto model = std::make_shared<Layered>();
  const Terms terms = make_terms("slg:strength=2,modules=b", nullptr);
  const SolverProcess process(plan_that_leaves_out({{"a"}}), Field(model, 0, {}, terms));
  const std::vector<std::uint64_t> ids{1};
  State state = process.start(ids);
  Ledger ledger;
  process.step(state, ledger, Watch{});
  EXPECT_EQ(std::set<std::set<std::string>>(model->calls.begin(), model->calls.end()),
            (std::set<std::set<std::string>>{{"a"}, {"a", "b"}}));
}

TEST(LeftOut, WhatTheModelDoesNotOfferIsRefused) {
  ulam::testing::expect_error(ErrorKind::option, {"module 'c'", "'layered'", "a, b"}, [] {
    SolverProcess(plan_that_leaves_out({{"c"}}), Field(std::make_shared<Layered>()));
  });
  const nlohmann::json good = plan_json(plan_that_leaves_out({{"a"}}));
  const auto refused = [&](const nlohmann::json& value, const std::string& what) {
    nlohmann::json j = good;
    nlohmann::json& step = j["steps"][0];
    (step.contains("variants") ? step["variants"][0] : step)["moves"][0]["left_out"] = value;
    ulam::testing::expect_error(ErrorKind::option, {"left_out", what}, [&] { parse_plan(j.dump()); });
  };
  refused("a", "list");
  refused({1}, "names");
  refused({""}, "names");
  refused({"a", "a"}, "twice");
}

}  // namespace
}  // namespace ulam::left_out_test
