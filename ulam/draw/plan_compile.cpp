#include <algorithm>
#include <cmath>

#include "ulam/base/error.h"
#include "ulam/draw/plan.h"
#include "ulam/path/grid.h"

namespace ulam {
namespace {

// Places of the columns of a move.
struct Layout {
  int history, registers;
  int x() const { return 0; }
  int entry(int j) const { return 1 + j; }
  int reg(int j) const { return 1 + history + j; }
  int answer() const { return 1 + history + registers; }
  std::vector<double> zeros(bool evaluated) const {
    return std::vector<double>(static_cast<std::size_t>(answer() + (evaluated ? 1 : 0)), 0.0);
  }
};

Affine conversion(Form form, const Head& head, const Marginal& m) {
  return form == Form::data ? to_data(head, m) : to_noise(head, m);
}

double& at(std::vector<double>& v, int i) { return v[static_cast<std::size_t>(i)]; }

Row push_row(const Recipe& recipe, int step, const Path& path, const Head& head, double from,
             const Layout& layout, int x_column, int answer_column) {
  const Affine c = conversion(recipe.at(step).rule.form, head, path.at(from));
  Row row{.to = Row::To::history, .index = 0, .of = layout.zeros(true), .noise = 0};
  at(row.of, x_column) += c.of_x;
  at(row.of, answer_column) += c.of_p;
  return row;
}

Move single_stage(const Recipe& recipe, const Rule& rule, const Path& path, const Head& head, int step,
                  double from, double to, std::span<const double> nodes, const Layout& layout) {
  const int order = std::min(recipe.at(step).order, 1 + static_cast<int>(nodes.size()));
  std::vector<double> all{from};
  for (int j = 0; j + 1 < order; ++j) all.push_back(nodes[static_cast<std::size_t>(j)]);
  const StepWeights w = weights(rule, path, from, to, all);
  const Affine c = conversion(w.form, head, path.at(from));
  Row next{.to = Row::To::x, .index = 0, .of = layout.zeros(true), .noise = w.noise};
  at(next.of, layout.x()) = w.of_x + w.of_nodes[0] * c.of_x;
  at(next.of, layout.answer()) = w.of_nodes[0] * c.of_p;
  for (int j = 0; j + 1 < order; ++j)
    at(next.of, layout.entry(j)) = w.of_nodes[static_cast<std::size_t>(j) + 1];
  Move move{.time = from, .rows = {std::move(next)}};
  if (recipe.history() > 0)
    move.rows.push_back(push_row(recipe, step, path, head, from, layout, layout.x(), layout.answer()));
  return move;
}

// A Runge-Kutta step on d(x/scale)/d(variable) = f. Stage points and stage values f are kept as combinations
// of the base point and the answers so far: term 0 is the base, term 1 + j the answer of stage j.
struct Coordinates {
  Form form;
  const Path& path;
  double scale(double t) const { return form == Form::noise ? path.at(t).a : path.at(t).s; }
  double variable(double t) const {
    const Marginal m = path.at(t);
    return form == Form::noise ? m.s / m.a : m.a / m.s;
  }
  double time(double u) const { return path.time_of_rho(form == Form::noise ? u : 1 / u); }
};

std::vector<Move> runge_kutta(const Recipe& recipe, const Path& path, const Head& head, int step, double from,
                              double to, const Layout& layout) {
  const Tableau& tableau = recipe.at(step).stages;
  const int stages = static_cast<int>(tableau.stages());
  const Marginal start = path.at(from);
  const bool mirrored = path.at(path.t_noise()).a == 0 && start.s > start.a;
  const Coordinates in{mirrored ? Form::data : Form::noise, path};
  const double u_from = in.variable(from), width = in.variable(to) - u_from;
  using Terms = std::vector<double>;
  std::vector<Terms> values;
  const auto point = [&](double t, const std::vector<double>& shares) {
    Terms sum(static_cast<std::size_t>(stages) + 1, 0.0);
    const double scale = in.scale(t);
    sum[0] = scale / in.scale(from);
    for (std::size_t j = 0; j < shares.size(); ++j)
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += scale * width * shares[j] * values[j][i];
    return sum;
  };
  const auto column = [&](int term, int stage) {
    if (term == 0) return stage == 0 ? layout.x() : layout.reg(0);
    return term - 1 == stage ? layout.answer() : layout.reg(term);
  };
  const auto row_of = [&](const Terms& terms, int stage) {
    Row row{.to = Row::To::x, .index = 0, .of = layout.zeros(true), .noise = 0};
    for (int i = 0; i <= stage + 1; ++i) at(row.of, column(i, stage)) = terms[static_cast<std::size_t>(i)];
    return row;
  };

  std::vector<Move> moves;
  Terms here(static_cast<std::size_t>(stages) + 1, 0.0);
  here[0] = 1;
  for (int k = 0; k < stages; ++k) {
    const double c = tableau.c[static_cast<std::size_t>(k)];
    const double t = c == 0 ? from : c == 1 ? to : in.time(u_from + c * width);
    const Affine f = conversion(in.form, head, path.at(t));
    Terms value = here;
    for (double& v : value) v *= f.of_x;
    value[static_cast<std::size_t>(k) + 1] += f.of_p;
    values.push_back(std::move(value));
    Move move{.time = t, .rows = {}};
    if (k + 1 < stages) {
      const double c_next = tableau.c[static_cast<std::size_t>(k) + 1];
      const double t_next = c_next == 0 ? from : c_next == 1 ? to : in.time(u_from + c_next * width);
      here = point(t_next, tableau.a[static_cast<std::size_t>(k) + 1]);
      move.rows.push_back(row_of(here, k));
      if (k == 0) {
        Row base{.to = Row::To::memory, .index = 0, .of = layout.zeros(true), .noise = 0};
        at(base.of, layout.x()) = 1;
        move.rows.push_back(std::move(base));
      }
      Row keep{.to = Row::To::memory, .index = k + 1, .of = layout.zeros(true), .noise = 0};
      at(keep.of, layout.answer()) = 1;
      move.rows.push_back(std::move(keep));
    } else {
      move.rows.push_back(row_of(point(to, tableau.b), k));
      if (recipe.history() > 0)
        move.rows.push_back(push_row(recipe, step, path, head, from, layout, layout.reg(0), layout.reg(1)));
    }
    moves.push_back(std::move(move));
  }
  return moves;
}

void check_recipe(const Recipe& recipe, int steps) {
  if (recipe.steps.empty() || (recipe.steps.size() != 1 && static_cast<int>(recipe.steps.size()) != steps))
    fail(ErrorKind::option, "recipe", "{} steps described for a grid of {}", recipe.steps.size(), steps);
  for (std::size_t i = 0; i < recipe.steps.size(); ++i) {
    const StepRecipe& s = recipe.steps[i];
    if (s.order < 1 || s.order > 8)
      fail(ErrorKind::option, "recipe", "step {}: order {} is not in 1 to 8", i, s.order);
    if (recipe.history() > 0 && s.rule.form != recipe.steps[0].rule.form)
      fail(ErrorKind::option, "recipe", "step {}: its history would mix data and noise predictions", i);
    if (s.stages.stages() > 1 && s.rule.eta != 0)
      fail(ErrorKind::option, "recipe", "step {}: a Runge-Kutta step takes no eta", i);
    if (s.stages.c.size() != s.stages.b.size() || s.stages.a.size() != s.stages.b.size())
      fail(ErrorKind::option, "recipe", "step {}: tableau of unequal sizes", i);
    for (std::size_t k = 0; k < s.stages.a.size(); ++k)
      if (s.stages.a[k].size() != k)
        fail(ErrorKind::option, "recipe", "step {}: tableau is not explicit at stage {}", i, k);
  }
}

}  // namespace

Variant compile_step(const Recipe& recipe, const Path& path, const Head& head, int step, double from,
                     double to, std::span<const double> nodes) {
  nodes = nodes.subspan(0, std::min(nodes.size(), static_cast<std::size_t>(recipe.history())));
  const Layout layout{static_cast<int>(nodes.size()), recipe.scratch()};
  Variant variant;
  variant.nodes.assign(nodes.begin(), nodes.end());
  try {
    Rule rule = recipe.at(step).rule;
    const bool clean_end = path.at(to).s == 0;
    if (recipe.at(step).stages.stages() > 1 && !clean_end) {
      variant.moves = runge_kutta(recipe, path, head, step, from, to, layout);
    } else {
      if (recipe.at(step).stages.stages() > 1) rule.form = Form::data;
      variant.moves.push_back(single_stage(recipe, rule, path, head, step, from, to, nodes, layout));
    }
  } catch (const Error& error) {
    throw Error(error.kind(), fmt::format("plan: step {} (time {} to {}): {}", step, from, to, error.what()));
  }
  for (std::size_t m = 0; m < variant.moves.size(); ++m)
    for (const Row& row : variant.moves[m].rows)
      for (double v : row.of)
        if (!std::isfinite(v) || !std::isfinite(row.noise))
          fail(ErrorKind::numeric, "plan",
               "step {} (time {} to {}): a coefficient is not finite; begin or end elsewhere", step, from,
               to);
  return variant;
}

Plan compile_plan(const Recipe& recipe, const std::vector<double>& times, const Path& path,
                  const Head& head) {
  check_grid(times, path, "grid");
  Plan plan;
  plan.solver = recipe.solver;
  plan.grid = recipe.grid;
  plan.path = path;
  plan.head = head;
  plan.times = times;
  plan.history = recipe.history();
  plan.scratch = recipe.scratch();
  plan.recipe = recipe;
  const int steps = static_cast<int>(times.size()) - 1;
  check_recipe(recipe, steps);
  for (int i = 0; i < steps; ++i) {
    PlanStep out;
    out.variants.resize(static_cast<std::size_t>(plan.history) + 1);
    for (int count = 0; count <= std::min(plan.history, i); ++count) {
      std::vector<double> nodes;
      for (int j = 1; j <= count; ++j) nodes.push_back(times[static_cast<std::size_t>(i - j)]);
      out.variants[static_cast<std::size_t>(count)] =
          compile_step(recipe, path, head, i, times[static_cast<std::size_t>(i)],
                       times[static_cast<std::size_t>(i) + 1], nodes);
    }
    plan.steps.push_back(std::move(out));
  }
  return plan;
}

}  // namespace ulam
