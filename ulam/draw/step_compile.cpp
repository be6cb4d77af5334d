#include "ulam/draw/step_compile.h"

#include <algorithm>
#include <array>
#include <optional>

#include "ulam/base/error.h"
#include "ulam/draw/columns.h"

namespace ulam {
namespace {

Affine conversion(Form form, const Head& head, const Marginal& m) {
  return form == Form::data ? to_data(head, m) : to_noise(head, m);
}

// The direction of a step and how it enters: x' = of_x x + total direction + noise z.
struct Update {
  double of_x = 1, total = 0, noise = 0;
  Combination direction;
  Combination next(const Combination& x) const { return mixed(of_x, x, total, direction); }
};

class StepCompiler {
 public:
  StepCompiler(const Recipe& recipe, const Path& path, const Head& head, int step, const StepTimes& times,
               std::span<const double> nodes)
      : recipe_(recipe),
        s_(recipe.at(step)),
        rule_(s_.rule),
        path_(path),
        head_(head),
        step_(step),
        times_(times),
        from_(times.from),
        to_(times.to),
        nodes_(nodes),
        memory_(memory_of(recipe)),
        columns_{static_cast<int>(nodes.size()), memory_.count + recipe.scratch()} {
    if (s_.stages.stages() > 1) rule_.form = Form::data;  // of an Euler step to s = 0
    if (!s_.one_evaluation()) rule_.relax = Relaxation::none;
  }

  std::vector<Move> compile() {
    const bool limit = path_.at(from_).a == 0 || path_.at(to_).s == 0;
    if (s_.stages.stages() > 1 && path_.at(to_).s != 0)
      runge_kutta();
    else if (!s_.inner.empty() && !limit)
      inner_stages();
    else
      one_evaluation();
    for (Move& move : moves_) {
      if (move.time == from_) move.time = times_.asked;
      std::stable_sort(move.rows.begin(), move.rows.end(),
                       [](const Row& a, const Row& b) { return a.to < b.to; });
    }
    return std::move(moves_);
  }

 private:
  // f and eps of an answer at (point, t), as combinations.
  Combination predicted(Form form, double t, const Combination& point, const Combination& answer) const {
    const Affine c = conversion(form, head_, path_.at(t));
    return mixed(c.of_x, point, c.of_p, answer);
  }
  void row(Row::To to, int index, const Combination& of, double noise = 0) {
    moves_.back().rows.push_back({.to = to, .index = index, .of = of, .noise = noise});
  }
  bool first() const { return nodes_.empty(); }

  // The update through the newest prediction f and the history.
  Update step_update(const Combination& f, const Combination& newest_data) const {
    const int order = std::min(s_.order, 1 + static_cast<int>(nodes_.size()));
    std::vector<double> all{from_};
    all.insert(all.end(), nodes_.begin(), nodes_.begin() + (order - 1));
    const StepWeights w = weights(rule_, path_, from_, to_, all);
    Update u{.of_x = w.of_x, .total = 0, .noise = w.noise, .direction = columns_.none()};
    for (const double v : w.of_nodes) u.total += v;
    add(u.direction, w.of_nodes[0] / u.total, w.form == s_.rule.form ? f : newest_data);
    for (int j = 1; j < order; ++j)
      add(u.direction, w.of_nodes[static_cast<std::size_t>(j)] / u.total, columns_.entry(j - 1));
    return u;
  }

  bool corrects(const StepRecipe& step, double from) const {
    return step.corrector.on && (path_.at(from).a != 0 || step.rule.form == Form::data);
  }
  // x of the step's start made again with the new prediction f at `from`, by the rule of the step before.
  // Nothing where that step takes no corrector or the history does not hold its nodes.
  std::optional<Combination> corrected(const Combination& f) {
    if (step_ == 0 || first()) return {};
    const StepRecipe& before = recipe_.at(step_ - 1);
    if (!corrects(before, nodes_[0])) return {};
    const int others = std::min(before.corrector.order, static_cast<int>(nodes_.size()));
    std::vector<double> all{nodes_[0], from_};
    all.insert(all.end(), nodes_.begin() + 1, nodes_.begin() + others);
    Rule rule = before.rule;
    rule.relax = before.corrector.relax;
    const StepWeights w = weights(rule, path_, nodes_[0], times_.reached, all);
    Combination sum = scaled(w.of_nodes[0], columns_.entry(0));
    add(sum, w.of_nodes[1], f);
    for (int j = 1; j < others; ++j) add(sum, w.of_nodes[static_cast<std::size_t>(j) + 1], columns_.entry(j));
    double total = 0;
    for (const double v : w.of_nodes) total += v;
    if (memory_.shift >= 0) add(sum, total, columns_.reg(memory_.shift));
    if (memory_.on_corrector) {
      const bool fresh = nodes_.size() == 1 || !corrects(recipe_.at(step_ - 2), nodes_[1]);
      Combination direction = scaled(1 / total, sum);
      damp(direction, direction, fresh);
      sum = scaled(total, direction);
    }
    Combination x = columns_.reg(memory_.base);
    add(x, 1, sum);
    return x;
  }

  // Lagrange in time through the three newest predictions, at ratio t_i + (1 - ratio) t_{i-1}.
  Combination compensated(const Combination& f) const {
    const double ratio = s_.edits.ratio;
    if (ratio == 1 || nodes_.size() < 2) return f;
    const std::array<double, 3> t{from_, nodes_[0], nodes_[1]};
    const double at = ratio * t[0] + (1 - ratio) * t[1];
    const std::array<Combination, 3> values{f, columns_.entry(0), columns_.entry(1)};
    Combination out = columns_.none();
    for (std::size_t k = 0; k < 3; ++k) {
      double w = 1;
      for (std::size_t l = 0; l < 3; ++l)
        if (l != k) w *= (at - t[l]) / (t[k] - t[l]);
      add(out, w, values[k]);
    }
    return out;
  }

  // eps_new - eps = c (eps - eps_tau), in the form of the direction.
  Combination extrapolation(Form form, const Combination& eps) const {
    const double c = s_.edits.dual;
    const Marginal m = path_.at(from_);
    Combination shift = columns_.none();
    if (c == 0 || first() || m.a == 0) return shift;
    const double scale = form == Form::noise ? c : -c * m.s / m.a;
    add(shift, scale, eps);
    add(shift, -scale, columns_.reg(memory_.noise));
    return shift;
  }
  // The velocity begins as `start`, and leaves the direction alone where it does.
  void damp(Combination& direction, const Combination& start, bool fresh) {
    const double beta = s_.edits.heavy_ball;
    const Combination v = fresh ? start : mixed(1 - beta, columns_.reg(memory_.velocity), beta, direction);
    if (!fresh) direction = s_.edits.nesterov ? mixed(1 - beta, v, beta, direction) : v;
    row(Row::To::memory, memory_.velocity, v);
  }

  void one_evaluation() {
    moves_.push_back({.time = from_, .rows = {}});
    const Combination seen = columns_.x();  // by the model, whatever a corrector makes of it
    Combination x = seen, answer = columns_.answer();
    if (s_.skip) {
      moves_.back().time.reset();
      answer = scaled(from_data(head_, path_.at(from_)).of_x, seen);
    }
    Combination f = predicted(s_.rule.form, from_, seen, answer);
    if (const auto better = corrected(f)) {
      if (recipe_.at(step_ - 1).corrector.implicit) {
        row(Row::To::x, 0, *better);
        moves_.push_back({.time = from_, .rows = {}});
      } else {
        x = *better;
      }
    }
    const bool limit = path_.at(from_).a == 0 || path_.at(to_).s == 0;
    const Combination data = limit ? predicted(Form::data, from_, seen, answer) : Combination{};
    f = compensated(f);
    if (s_.edits.ghvb != 1 && !first()) f = mixed(1 - s_.edits.ghvb, columns_.entry(0), s_.edits.ghvb, f);
    Update u = step_update(f, data);
    if (s_.embedded) keep(columns_.x(), u.next(x));
    finish(std::move(u), u_form(), f, x, seen, answer);
    if (s_.skip)
      for (Row& r : moves_.back().rows) r.of.pop_back();
  }
  Form u_form() const { return path_.at(from_).a == 0 ? Form::data : rule_.form; }

  // The edits of the direction and the rows of the last move of a step.
  void finish(Update u, Form form, const Combination& f, const Combination& x, const Combination& seen,
              const Combination& answer) {
    if (memory_.noise >= 0) {
      const Combination eps = predicted(Form::noise, from_, seen, answer);
      const Combination shift = extrapolation(form, eps);
      add(u.direction, 1, shift);
      if (memory_.shift >= 0) row(Row::To::memory, memory_.shift, shift);
      if (!s_.edits.dual_first || first()) row(Row::To::memory, memory_.noise, eps);
    }
    // f is of the rule's own form also where the first step takes a limit in another.
    if (memory_.velocity >= 0 && !memory_.on_corrector) damp(u.direction, f, first());
    row(Row::To::x, 0, u.next(x), u.noise);
    if (recipe_.history() > 0) row(Row::To::history, 0, f);
    if (s_.corrector.on) row(Row::To::memory, memory_.base, scaled(u.of_x, x), u.noise);
  }

  // The registers of an adaptive step.
  void keep(const Combination& start, const Combination& low) {
    row(Row::To::memory, memory_.kept, start);
    row(Row::To::memory, memory_.low, low);
  }

  // Several evaluations. Stage points and values are kept as combinations of the base point (term 0) and the
  // answers so far (term 1 + j).
  using Terms = std::vector<double>;
  Combination columns_of(const Terms& terms, int stage) const {
    Combination c = columns_.none();
    for (int i = 0; i <= stage + 1; ++i) {
      const int reg = memory_.count + i;
      const Combination column = i == 0           ? (stage == 0 ? columns_.x() : columns_.reg(reg))
                                 : i - 1 == stage ? columns_.answer()
                                                  : columns_.reg(reg);
      add(c, terms[static_cast<std::size_t>(i)], column);
    }
    return c;
  }
  void keep_stage(int stage) {
    if (stage == 0) row(Row::To::memory, memory_.count, columns_.x());
    row(Row::To::memory, memory_.count + stage + 1, columns_.answer());
  }
  // Evaluates at the point `here` (time t) as stage k; its value joins `values`.
  void evaluate(Form form, double t, const Terms& here, std::vector<Terms>& values) {
    const Affine c = conversion(form, head_, path_.at(t));
    Terms value = here;
    for (double& v : value) v *= c.of_x;
    value[values.size() + 1] += c.of_p;
    values.push_back(std::move(value));
    moves_.push_back({.time = t, .rows = {}});
  }
  void finish_stages(Update u, Form form) {
    const Combination base = columns_.reg(memory_.count), answer = columns_.reg(memory_.count + 1);
    finish(std::move(u), form, predicted(s_.rule.form, from_, base, answer), base, base, answer);
  }

  void inner_stages() {
    const std::size_t count = s_.inner.size() + 1;
    const double lam_from = path_.half_log_snr(from_), lam_to = path_.half_log_snr(to_);
    std::vector<Terms> values;
    std::vector<double> times;
    Terms here(count + 1, 0.0);
    here[0] = 1;
    double t = from_;
    for (std::size_t k = 0; k < count; ++k) {
      evaluate(s_.rule.form, t, here, values);
      times.push_back(t);
      if (k + 1 == count) break;
      const InnerStage& stage = s_.inner[k];
      t = path_.time_of_half_log_snr(lam_from + stage.at * (lam_to - lam_from));
      std::vector<double> nodes{from_};
      if (stage.with > 0) nodes.push_back(times[static_cast<std::size_t>(stage.with)]);
      Rule rule = s_.rule;
      rule.relax = Relaxation::none;
      const StepWeights w = weights(rule, path_, from_, t, nodes);
      here.assign(count + 1, 0.0);
      here[0] = w.of_x;
      add(here, w.of_nodes[0], values[0]);
      if (stage.with > 0) add(here, w.of_nodes[1], values[static_cast<std::size_t>(stage.with)]);
      row(Row::To::x, 0, columns_of(here, static_cast<int>(k)));
      keep_stage(static_cast<int>(k));
    }
    const StepWeights w = weights(s_.rule, path_, from_, to_, std::vector<double>{from_, times.back()});
    Update u{.of_x = w.of_x, .total = w.of_nodes[0] + w.of_nodes[1], .noise = 0, .direction = {}};
    const int last = static_cast<int>(count) - 1;
    u.direction = mixed(w.of_nodes[0] / u.total, columns_of(values[0], last), w.of_nodes[1] / u.total,
                        columns_of(values.back(), last));
    if (s_.embedded) {
      Rule rule = s_.rule;
      rule.relax = Relaxation::midpoint;
      const StepWeights below =
          weights(rule, path_, from_, to_, std::span(times).first(std::max<std::size_t>(1, count - 1)));
      Combination low = scaled(below.of_x, columns_.reg(memory_.count));
      for (std::size_t k = 0; k < below.of_nodes.size(); ++k)
        add(low, below.of_nodes[k], columns_of(values[k], last));
      keep(columns_.reg(memory_.count), low);
    }
    finish_stages(std::move(u), s_.rule.form);
  }

  // d(x/scale)/d(variable) = f: scale a, variable rho, f eps; or the mirror, scale s, variable 1/rho, f D.
  void runge_kutta() {
    const Tableau& tableau = s_.stages;
    const bool in_time = s_.rule.variable == Variable::time;
    const Marginal start = path_.at(from_);
    const Form form = path_.at(path_.t_noise()).a == 0 && start.s > start.a ? Form::data : Form::noise;
    const auto scale = [&](double t) { return form == Form::noise ? path_.at(t).a : path_.at(t).s; };
    const auto variable = [&](double t) {
      const Marginal m = path_.at(t);
      return form == Form::noise ? m.s / m.a : m.a / m.s;
    };
    const double u_from = variable(from_), width = variable(to_) - u_from;
    const auto time_at = [&](double c) {
      if (c == 0 || c == 1) return c == 0 ? from_ : to_;
      if (in_time) return from_ + c * (to_ - from_);
      const double u = u_from + c * width;
      return path_.time_of_rho(form == Form::noise ? u : 1 / u);
    };
    const std::size_t stages = tableau.stages();
    if (form == Form::data && memory_.velocity >= 0)
      fail(ErrorKind::option, "recipe", "momentum on a Runge-Kutta step needs a path that begins at a > 0");
    std::vector<Terms> values;
    Terms here(stages + 1, 0.0);
    here[0] = 1;
    for (std::size_t k = 0; k < stages; ++k) {
      evaluate(form, time_at(tableau.c[k]), here, values);
      if (k + 1 == stages) break;
      const double c = tableau.c[k + 1], t = time_at(c);
      // Pseudo-numerical stages take the whole way to their time, in the shares a / c.
      const double way = in_time && c > 0 ? (variable(t) - u_from) / c : width;
      here.assign(stages + 1, 0.0);
      here[0] = scale(t) / scale(from_);
      for (std::size_t j = 0; j <= k; ++j) add(here, scale(t) * way * tableau.a[k + 1][j], values[j]);
      row(Row::To::x, 0, columns_of(here, static_cast<int>(k)));
      keep_stage(static_cast<int>(k));
    }
    Update u{.of_x = scale(to_) / scale(from_),
             .total = scale(to_) * width,
             .noise = 0,
             .direction = columns_.none()};
    for (std::size_t j = 0; j < stages; ++j)
      add(u.direction, tableau.b[j], columns_of(values[j], static_cast<int>(stages) - 1));
    finish_stages(std::move(u), form);
  }

  const Recipe& recipe_;
  const StepRecipe& s_;
  Rule rule_;
  const Path& path_;
  const Head& head_;
  const int step_;
  const StepTimes times_;
  const double from_, to_;
  const std::span<const double> nodes_;
  const Memory memory_;
  const Columns columns_;
  std::vector<Move> moves_;
};

}  // namespace

Memory memory_of(const Recipe& recipe) {
  Memory m;
  const auto any = [&](auto&& wants) { return std::any_of(recipe.steps.begin(), recipe.steps.end(), wants); };
  if (any([](const StepRecipe& s) { return s.corrector.on; })) m.base = m.count++;
  if (any([](const StepRecipe& s) { return s.edits.heavy_ball != 1; })) m.velocity = m.count++;
  m.on_corrector = m.base >= 0 && m.velocity >= 0;
  if (any([](const StepRecipe& s) { return s.edits.dual != 0; })) m.noise = m.count++;
  if (m.base >= 0 && m.noise >= 0) m.shift = m.count++;
  if (any([](const StepRecipe& s) { return s.embedded; })) {
    m.scale = m.count++;
    m.kept = m.count++;
    m.low = m.count++;
  }
  return m;
}

std::vector<Move> step_moves(const Recipe& recipe, const Path& path, const Head& head, int step,
                             const StepTimes& times, std::span<const double> nodes) {
  return StepCompiler(recipe, path, head, step, times, nodes).compile();
}

}  // namespace ulam
