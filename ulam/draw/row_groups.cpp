#include "ulam/draw/row_groups.h"

#include <algorithm>
#include <map>

#include <ATen/ATen.h>

#include "ulam/base/error.h"

namespace ulam {
namespace {

constexpr const char* row_groups_place = "draw";

// What same_moves() compares, for a search among many parts.
std::vector<double> key_of(const State& state, const Plan& plan, std::size_t r) {
  std::vector<double> key;
  nodes_of(state, plan, r, key);
  const StepTimes t = step_times(state, plan, r);
  for (const double v : {t.from, t.to, t.reached, t.asked, static_cast<double>(state.level[r])})
    key.push_back(v);
  return key;
}

void check_times(const StepTimes& t, const Plan& plan, std::size_t r) {
  const auto [low, high] = std::minmax(plan.times.front(), plan.times.back());
  const auto inside = [low = low, high = high](double v) { return v >= low && v <= high; };
  const bool falls = plan.times.front() > plan.times.back() ? t.to < t.from : t.to > t.from;
  if (!inside(t.from) || !inside(t.to) || !inside(t.reached) || !std::isfinite(t.asked) || !falls)
    fail(ErrorKind::option, row_groups_place,
         "row {} would step from time {} to {}, the plan goes from {} to {}", r, t.from, t.to,
         plan.times.front(), plan.times.back());
}

}  // namespace

StepTimes step_times(const State& state, const Plan& plan, std::size_t r) {
  if (!state.times.empty() && state.times[r].own()) return state.times[r];
  const std::size_t level = static_cast<std::size_t>(state.level[r]);
  return StepTimes::plain(plan.times[level], plan.times[level + 1]);
}

void nodes_of(const State& state, const Plan& plan, std::size_t r, std::vector<double>& nodes) {
  nodes.clear();
  const int usable = std::min(state.count[r], plan.history);
  for (int j = 0; j < usable; ++j) nodes.push_back(state.history[static_cast<std::size_t>(j)].times[r]);
}

bool same_moves(const State& state, const Plan& plan, std::size_t a, std::size_t b) {
  if (state.level[a] != state.level[b]) return false;
  const int usable = std::min(state.count[a], plan.history);
  if (usable != std::min(state.count[b], plan.history)) return false;
  for (int j = 0; j < usable; ++j) {
    const std::vector<double>& times = state.history[static_cast<std::size_t>(j)].times;
    if (times[a] != times[b]) return false;
  }
  return state.times.empty() || step_times(state, plan, a) == step_times(state, plan, b);
}

bool uniform(const State& state, const Plan& plan) {
  for (std::size_t r = 1; r < state.ids.size(); ++r)
    if (!same_moves(state, plan, 0, r)) return false;
  return true;
}

std::vector<std::vector<std::int64_t>> row_groups(const State& state, const Plan& plan) {
  std::vector<std::vector<std::int64_t>> parts;
  std::map<std::vector<double>, std::size_t> place_of;
  for (std::size_t r = 0; r < state.ids.size(); ++r) {
    const auto [it, fresh] = place_of.try_emplace(key_of(state, plan, r), parts.size());
    if (fresh) parts.emplace_back();
    parts[it->second].push_back(static_cast<std::int64_t>(r));
  }
  return parts;
}

void check_rows(const State& state, const Plan& plan) {
  const std::size_t rows = state.ids.size();
  if (!state.x.defined() || state.x.dim() < 1 || state.x.size(0) != state.rows() ||
      state.level.size() != rows || state.count.size() != rows ||
      (!state.times.empty() && state.times.size() != rows))
    fail(ErrorKind::shape, row_groups_place, "the state's parts do not have {} rows each", rows);
  for (std::size_t r = 0; r < rows; ++r) {
    if (state.level[r] < 0 || state.level[r] >= plan.levels())
      fail(ErrorKind::option, row_groups_place, "row {} stands at level {}, steps go from 0 to {}", r,
           state.level[r], plan.levels() - 1);
    if (state.count[r] < 0 || state.count[r] > static_cast<int>(state.history.size()))
      fail(ErrorKind::shape, row_groups_place, "row {} counts {} history entries of {}", r, state.count[r],
           state.history.size());
    if (!state.times.empty() && state.times[r].own()) check_times(state.times[r], plan, r);
  }
}

}  // namespace ulam
