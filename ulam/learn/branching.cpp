#include "ulam/learn/branching.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "ulam/base/error.h"

namespace ulam {
namespace {

// A step's first evaluation, where all its variants agree on one: its time, and what is left out.
using Evaluation = std::pair<double, std::vector<std::string>>;
std::optional<Evaluation> first_evaluation(const PlanStep& step) {
  std::optional<Evaluation> first;
  for (const Variant& v : step.variants) {
    if (v.moves.empty()) continue;
    if (!v.moves[0].time) return {};
    const Evaluation here{*v.moves[0].time, v.moves[0].left_out};
    if (first && *first != here) return {};
    first = here;
  }
  return first;
}

// The level up to which both plans go the same way; nothing where they begin apart.
std::optional<std::size_t> common_level(const Plan& a, const Plan& b) {
  if (a.times.front() != b.times.front() || a.history != b.history || a.memory != b.memory ||
      a.scratch != b.scratch)
    return {};
  const std::size_t most = std::min(a.steps.size(), b.steps.size()) - 1;
  std::size_t level = 0;
  while (level < most && a.steps[level] == b.steps[level] && a.times[level + 1] == b.times[level + 1])
    ++level;
  return level;
}

}  // namespace

BranchingRun::BranchingRun(Field field, std::uint64_t seed, std::vector<std::uint64_t> ids,
                           Conditions conditions)
    : field_(std::move(field)), seed_(seed), ids_(std::move(ids)), conditions_(std::move(conditions)) {}

at::Tensor BranchingRun::operator()(const Plan& plan, Ledger& ledger, const Watch& watch) {
  SolverOptions options;
  options.seed = seed_;
  const SolverProcess process(plan, field_, options);
  const bool keep = states_.empty();
  std::vector<State> kept;
  State state;
  std::size_t level = 0;
  const auto common = keep ? std::nullopt : common_level(first_, plan);
  if (common) {
    level = *common;
    state = states_[level];
    const auto asked = first_evaluation(plan.steps[level]);
    if (!asked || asked != first_evaluation(first_.steps[level])) state.answer = at::Tensor();
  } else {
    state = process.start(ids_, conditions_);
  }
  for (; level < plan.steps.size(); ++level) {
    if (watch.cancelled()) fail(ErrorKind::cancelled, "draw", "cancelled");
    if (keep) {
      const auto asked = first_evaluation(plan.steps[level]);
      if (asked && asked->first == plan.times[level]) process.peek(state, ledger, watch);
      kept.push_back(state);
    }
    process.step(state, ledger, watch);
  }
  if (keep) {
    first_ = plan;
    states_ = std::move(kept);
  }
  return state.x;
}

}  // namespace ulam
