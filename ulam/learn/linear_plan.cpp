#include "ulam/learn/linear_plan.h"

#include <algorithm>

#include "ulam/base/error.h"
#include "ulam/draw/columns.h"
#include "ulam/path/grid.h"

namespace ulam {
namespace {

constexpr const char* linear_plan_place = "tune";

// Everything a draw holds, as combinations of x_T (entry 0) and the data estimates (entry 1 + j).
struct Follower {
  const Plan& plan;
  std::size_t size;
  Combination x;
  std::vector<Combination> history;
  std::vector<Combination> registers;

  Combination answer(double time, std::size_t evaluation) const {
    const Affine d = to_data(plan.head, plan.path.at(time));
    if (d.of_p == 0)
      fail(ErrorKind::unsupported, linear_plan_place, "the model's answer at time {} says nothing", time);
    Combination p(size, 0.0);
    p[1 + evaluation] = 1 / d.of_p;
    return add(p, -d.of_x / d.of_p, x);
  }
  Combination value(const Row& row, std::size_t nodes, const Combination& p) const {
    if (row.noise != 0)
      fail(ErrorKind::unsupported, linear_plan_place, "a plan with noise has no trajectories to tune");
    Combination sum(size, 0.0);
    for (std::size_t i = 0; i < row.of.size(); ++i) {
      if (row.of[i] == 0) continue;
      const Combination& column = i == 0                          ? x
                                  : i <= nodes                    ? history.at(i - 1)
                                  : i <= nodes + registers.size() ? registers[i - 1 - nodes]
                                                                  : p;
      add(sum, row.of[i], column);
    }
    return sum;
  }
};

}  // namespace

LinearPlan linear_plan(const Plan& plan) {
  if (plan.own.any())
    fail(ErrorKind::unsupported, linear_plan_place,
         "a plan whose rows choose their own times ({}) has no fixed numbers", plan.solver);
  const std::size_t n = static_cast<std::size_t>(evaluations(plan));
  Follower f{plan, n + 1, Combination(n + 1, 0.0), {}, {}};
  f.x[0] = 1;
  f.registers.assign(static_cast<std::size_t>(plan.memory + plan.scratch), Combination(n + 1, 0.0));
  LinearPlan out;
  out.end = plan.times.back();
  std::vector<Combination> points;
  for (int i = 0; i < plan.levels(); ++i) {
    const Variant& variant = plan.variant(i, i);
    std::optional<Combination> pushed;
    for (const Move& move : variant.moves) {
      Combination p(n + 1, 0.0);
      if (move.time) {
        points.push_back(f.x);
        p = f.answer(*move.time, out.times.size());
        out.times.push_back(*move.time);
        out.left_out.push_back(move.left_out);
      }
      std::vector<Combination> values;
      for (const Row& row : move.rows) values.push_back(f.value(row, variant.nodes.size(), p));
      for (std::size_t r = 0; r < move.rows.size(); ++r) {
        if (move.rows[r].to == Row::To::x) f.x = values[r];
        if (move.rows[r].to == Row::To::history) pushed = values[r];
        if (move.rows[r].to == Row::To::memory)
          f.registers[static_cast<std::size_t>(move.rows[r].index)] = values[r];
      }
    }
    if (pushed) f.history.insert(f.history.begin(), *pushed);
    f.history.resize(std::min(f.history.size(), static_cast<std::size_t>(plan.history)));
  }
  points.push_back(f.x);
  if (std::all_of(out.left_out.begin(), out.left_out.end(), [](const auto& list) { return list.empty(); }))
    out.left_out.clear();
  // A first step without evaluation moved x before anything was asked.
  if (points[0][0] == 0)
    fail(ErrorKind::unsupported, linear_plan_place, "the plan does not begin with its start state");
  if (points[0][0] != 1) {
    out.start = plan.times.front();
    out.enter = points[0][0];
  }
  general_form(points, out);
  return out;
}

void general_form(const std::vector<std::vector<double>>& points, LinearPlan& out) {
  for (std::size_t k = 0; k < out.times.size(); ++k) {
    const double keep = points[k][0] == 0 ? 0 : points[k + 1][0] / points[k][0];
    if (points[k][0] == 0 && points[k + 1][0] != 0)
      fail(ErrorKind::unsupported, linear_plan_place,
           "evaluation {} forgets the start state and a later one does not", k);
    out.keep.push_back(keep);
    std::vector<double> of;
    for (std::size_t j = 0; j <= k; ++j) of.push_back(points[k + 1][1 + j] - keep * points[k][1 + j]);
    out.of.push_back(std::move(of));
  }
}

Plan plan_of(const LinearPlan& linear, const Plan& like) {
  const int n = linear.evaluations();
  Plan plan;
  plan.path = like.path;
  plan.head = like.head;
  plan.solver = "tuned";
  plan.memory = n > 1 ? n - 1 : 0;
  const Columns columns{0, plan.memory};
  const auto step_at = [&](double time) {
    plan.times.push_back(time);
    PlanStep step;
    step.variants.push_back({.nodes = {}, .moves = {}});
    plan.steps.push_back(std::move(step));
  };
  if (linear.start) {
    step_at(*linear.start);
    Combination next = scaled(linear.enter, columns.x());
    next.pop_back();  // no answer
    plan.steps.back().variants[0].moves.push_back(
        {.time = {}, .rows = {{.to = Row::To::x, .index = 0, .of = std::move(next), .noise = 0}}});
  }
  for (int k = 0; k < n; ++k) {
    const std::size_t i = static_cast<std::size_t>(k);
    const double time = linear.times[i];
    const Affine d = to_data(plan.head, plan.path.at(time));
    const Combination data = mixed(d.of_x, columns.x(), d.of_p, columns.answer());
    Combination next = scaled(linear.keep[i], columns.x());
    for (int j = 0; j < k; ++j) add(next, linear.of[i][static_cast<std::size_t>(j)], columns.reg(j));
    add(next, linear.of[i][i], data);
    Move move{.time = time, .rows = {{.to = Row::To::x, .index = 0, .of = next, .noise = 0}}};
    if (!linear.left_out.empty()) move.left_out = linear.left_out.at(i);
    if (k + 1 < n) move.rows.push_back({.to = Row::To::memory, .index = k, .of = data, .noise = 0});
    if (k == 0 || (time != linear.times[i - 1] && time != linear.end)) step_at(time);
    plan.steps.back().variants[0].moves.push_back(std::move(move));
  }
  plan.times.push_back(linear.end);
  check_grid(plan.times, plan.path, "tune: times");
  return plan;
}

}  // namespace ulam
