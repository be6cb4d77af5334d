#include "ulam/learn/unified.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ulam/base/error.h"
#include "ulam/draw/columns.h"
#include "ulam/path/grid.h"

namespace ulam {
namespace {

constexpr int most_order = 4;
// phi_0 .. phi_4 at hh: the series where the recursion would cancel.
std::array<double, 5> phi_functions(double hh) {
  std::array<double, 5> phi{};
  double factorial = 1;
  if (std::abs(hh) > 2) {
    phi[0] = std::expm1(hh) / hh;
    for (std::size_t i = 1; i < phi.size(); ++i) {
      factorial *= static_cast<double>(i);
      phi[i] = (phi[i - 1] - 1 / factorial) / hh;
    }
    return phi;
  }
  for (std::size_t i = 0; i < phi.size(); ++i) {
    factorial *= static_cast<double>(i + 1);
    double term = 1 / factorial, sum = 0;
    for (int k = static_cast<int>(i) + 2; std::abs(term) > 1e-19; ++k) {
      sum += term;
      term *= hh / k;
    }
    phi[i] = sum;
  }
  return phi;
}

// Weights w with sum_j w_j d_j^r / r! = [r == i], r = 1 .. k, for the i-th derivative: from the Lagrange
// polynomial through 0 and the d_j.
std::vector<double> derivative_weights(const std::vector<double>& d, std::size_t i) {
  std::vector<double> out;
  double factorial = 1;
  for (std::size_t r = 2; r <= i; ++r) factorial *= static_cast<double>(r);
  for (std::size_t j = 0; j < d.size(); ++j) {
    std::vector<double> of{1};  // the polynomial prod_{l != j} (u - d_l), then times u
    double width = d[j];
    for (std::size_t l = 0; l < d.size(); ++l) {
      if (l == j) continue;
      of.push_back(0);
      for (std::size_t p = of.size() - 1; p > 0; --p) of[p] = of[p - 1] - d[l] * of[p];
      of[0] *= -d[l];
      width *= d[j] - d[l];
    }
    out.push_back(i >= 1 && i - 1 < of.size() ? factorial * of[i - 1] / width : 0);
  }
  return out;
}

double relaxation(Relaxation relax, double by, double h, double hh) {
  const double e = std::expm1(hh);
  switch (relax) {
    case Relaxation::none:
      return 1;
    case Relaxation::midpoint:
      return hh / 2 * e / (e - hh);
    case Relaxation::b_h:
      return hh * hh / 2 / (e - hh);
    case Relaxation::linear:
      return 1 + by * h;
    case Relaxation::exponential:
      return 1 + by * e;
  }
  return 1;
}

// An evaluated point: everything is a combination of the start state (entry 0) and the data estimates.
struct Point {
  double time, lam;
  Marginal m;
  Combination x, data, noise;
  const Combination& value(Form form) const { return form == Form::data ? data : noise; }
};

// x_t = of_x x_s + total direction.
struct Advance {
  double of_x = 1, total = 0;
  Combination direction;
};

class Interpreter {
 public:
  Interpreter(const UnifiedRecipe& recipe, const Path& path)
      : recipe_(recipe), path_(path), size_(1 + recipe.times.size() * 2) {}

  LinearPlan run(bool corrected_end) {
    const std::size_t n = recipe_.steps.size();
    Combination x(size_, 0.0);
    x[0] = 1;
    for (std::size_t i = 0; i < n; ++i) {
      x = arrive(i, x);
      compensate(i);
      x = leave(i);
    }
    if (corrected_end) x = arrive(n, x);
    seen_.push_back(x);
    return in_general_form();
  }

 private:
  // The model at x; D is the next free entry.
  Point evaluated(double time, const Combination& x) {
    Point p{time, path_.half_log_snr(time), path_.at(time), x, Combination(size_, 0.0), {}};
    p.data.at(1 + times_.size()) = 1;
    seen_.push_back(x);
    times_.push_back(time);
    p.noise = mixed(1 / p.m.s, x, -p.m.a / p.m.s, p.data);
    return p;
  }
  // Evaluates at the beginning of step i and corrects the step before.
  Combination arrive(std::size_t i, const Combination& predicted) {
    const double time = recipe_.times[i];
    if (i == 0 && recipe_.skip_first) {
      const Marginal m = path_.at(time);
      const double v = recipe_.first_variance, whole = m.s * m.s + m.a * m.a * v;
      points_.push_back({time, path_.half_log_snr(time), m, predicted, scaled(m.a * v / whole, predicted),
                         scaled(m.s / whole, predicted)});
      return predicted;
    }
    Point here = evaluated(time, predicted);
    if (i > 0 && recipe_.steps[i - 1].correct != Correction::none) {
      const UnifiedStep& before = recipe_.steps[i - 1];
      points_.push_back(here);
      UnifiedStep again = before;
      again.order = std::min(before.order + 1, most_order + 1);
      again.start = before.start + 1;
      again.relax = Relaxation::none;
      again.active.clear();
      for (int k = 1; k < again.order; ++k) {
        std::vector<int> with{0};
        for (const int point :
             points_of(before, std::min(k, std::max(before.order - 1, 1)), points_.size() - 1))
          with.push_back(point + 1);
        again.active.push_back(std::move(with));
      }
      if (before.order == 1) again.active = {{0}}, again.relax = before.correct_relax;
      const Advance a = advance(again, points_.size(), time);
      here.x = mixed(a.of_x, points_[points_.size() - 2 - static_cast<std::size_t>(before.start)].x, a.total,
                     a.direction);
      points_.pop_back();
      if (before.correct == Correction::implicit) here = evaluated(time, here.x);
    }
    points_.push_back(here);
    return here.x;
  }
  void compensate(std::size_t i) {
    const double ratio = recipe_.steps[i].ratio;
    if (ratio == 1 || points_.size() < 3) return;
    Point& newest = points_.back();
    const auto point = [&](std::size_t back) -> const Point& { return points_[points_.size() - 1 - back]; };
    const double at = ratio * newest.time + (1 - ratio) * point(1).time;
    Combination data(size_, 0.0), noise(size_, 0.0);
    for (std::size_t k = 0; k < 3; ++k) {
      double w = 1;
      for (std::size_t l = 0; l < 3; ++l)
        if (l != k) w *= (at - point(l).time) / (point(k).time - point(l).time);
      add(data, w, point(k).data);
      add(noise, w, point(k).noise);
    }
    newest.data = std::move(data);
    newest.noise = std::move(noise);
  }
  // Points behind a derivative, places back from the newest of `count`, start left out.
  static std::vector<int> points_of(const UnifiedStep& step, int derivative, std::size_t count) {
    const std::size_t k = static_cast<std::size_t>(derivative) - 1;
    if (k < step.active.size() && !step.active[k].empty()) return step.active[k];
    std::vector<int> out;
    for (int p = 0; p < static_cast<int>(count) && static_cast<int>(out.size()) < step.order - 1; ++p)
      if (p != step.start) out.push_back(p);
    return out;
  }
  // One step to `to` from the first `count` points.
  Advance advance(const UnifiedStep& step, std::size_t count, double to) const {
    const auto back = [&](int p) -> const Point& { return points_[count - 1 - static_cast<std::size_t>(p)]; };
    const Point& from = back(step.start);
    const Marginal end = path_.at(to);
    Advance out;
    if (from.m.a == 0 || (end.s == 0 && step.form == Form::data)) {
      out.of_x = end.s / from.m.s;
      out.total = end.a - out.of_x * from.m.a;
      out.direction = from.data;
      return out;
    }
    if (end.s == 0) {
      out.of_x = end.a / from.m.a;
      out.total = -out.of_x * from.m.s;
      out.direction = from.noise;
      return out;
    }
    const double h = path_.half_log_snr(to) - from.lam, hh = step.form == Form::noise ? h : -h;
    const std::array<double, 5> phi = phi_functions(hh);
    const double scale = step.form == Form::noise ? -end.s : end.a;
    out.of_x = step.form == Form::noise ? end.a / from.m.a : end.s / from.m.s;
    out.total = scale * h * phi[0];
    Combination sum = scaled(out.total, from.value(step.form));
    for (int i = 1; i < step.order; ++i) {
      std::vector<double> distance;
      std::vector<const Point*> points;
      for (const int p : points_of(step, i, count))
        if (std::isfinite(back(p).lam)) {
          distance.push_back(back(p).lam - from.lam);
          points.push_back(&back(p));
        }
      if (static_cast<int>(points.size()) < i) continue;
      const std::vector<double> w = derivative_weights(distance, static_cast<std::size_t>(i));
      double term = scale * std::pow(h, i + 1) * phi[static_cast<std::size_t>(i)];
      if (i == 1) term *= relaxation(step.relax, step.relax_by, h, hh);
      for (std::size_t j = 0; j < w.size(); ++j) {
        add(sum, term * w[j], points[j]->value(step.form));
        add(sum, -term * w[j], from.value(step.form));
      }
    }
    out.direction = scaled(1 / out.total, sum);
    return out;
  }
  Combination leave(std::size_t i) {
    const UnifiedStep& step = recipe_.steps[i];
    if (i == 0 && recipe_.skip_first) {
      const Marginal from = points_[0].m, to = path_.at(recipe_.times[1]);
      const double v = recipe_.first_variance;
      velocity_ = points_[0].value(step.form);
      velocity_form_ = step.form;
      return scaled(std::sqrt((to.s * to.s + to.a * to.a * v) / (from.s * from.s + from.a * from.a * v)),
                    points_[0].x);
    }
    Advance a = advance(step, points_.size(), recipe_.times[i + 1]);
    const Point& from = points_[points_.size() - 1 - static_cast<std::size_t>(step.start)];
    // A change between D and eps begins the stream anew.
    if (i == 0 || step.form != velocity_form_)
      velocity_ = points_.back().value(step.form);
    else
      a.direction = velocity_ = mixed(1 - step.heavy_ball, velocity_, step.heavy_ball, a.direction);
    velocity_form_ = step.form;
    return mixed(a.of_x, from.x, a.total, a.direction);
  }

  LinearPlan in_general_form() const {
    LinearPlan out;
    out.times = times_;
    out.end = recipe_.times.back();
    if (recipe_.skip_first) {
      out.start = recipe_.times.front();
      out.enter = seen_[0][0];
    }
    general_form(seen_, out);
    return out;
  }

  const UnifiedRecipe& recipe_;
  const Path& path_;
  std::size_t size_;
  std::vector<Point> points_;
  std::vector<Combination> seen_;  // states at which the model was asked, then the end
  std::vector<double> times_;
  Combination velocity_;
  Form velocity_form_ = Form::data;
};

}  // namespace

int UnifiedRecipe::evaluations() const {
  int count = static_cast<int>(steps.size()) - (skip_first ? 1 : 0);
  for (std::size_t i = 0; i + 1 < steps.size(); ++i)
    if (steps[i].correct == Correction::implicit) ++count;
  return count;
}

LinearPlan linear_plan(const UnifiedRecipe& recipe, const Path& path) {
  check(recipe, path);
  LinearPlan out = Interpreter(recipe, path).run(false);
  out.left_out = recipe.left_out;
  return out;
}

LinearPlan corrected_plan(const UnifiedRecipe& recipe, const Path& path) {
  check(recipe, path);
  LinearPlan out = Interpreter(recipe, path).run(true);
  out.left_out = recipe.left_out;
  if (!out.left_out.empty()) out.left_out.resize(out.times.size());
  return out;
}

void check(const UnifiedRecipe& recipe, const Path& path, const std::string& place) {
  check_grid(recipe.times, path, place + ": times");
  const std::size_t n = recipe.steps.size();
  if (n + 1 != recipe.times.size() || n < (recipe.skip_first ? 2u : 1u))
    fail(ErrorKind::option, place, "{} steps for {} times, needed: one less, and one that asks the model", n,
         recipe.times.size());
  if (!(recipe.first_variance >= 0) || !std::isfinite(recipe.first_variance))
    fail(ErrorKind::option, place, "a first variance of {}, valid: 0 and above", recipe.first_variance);
  const std::size_t asked = static_cast<std::size_t>(recipe.evaluations());
  if (!recipe.left_out.empty() && recipe.left_out.size() != asked)
    fail(ErrorKind::option, place, "{} lists of modules to leave out for {} evaluations",
         recipe.left_out.size(), asked);
  for (std::size_t i = 0; i < n; ++i) {
    const UnifiedStep& s = recipe.steps[i];
    const std::string at = fmt::format("{}: step {}", place, i);
    const int points = static_cast<int>(i) + 1;
    if (s.order < 1 || s.order > most_order)
      fail(ErrorKind::option, at, "order {}, valid: 1 to {}", s.order, most_order);
    if (s.order > points)
      fail(ErrorKind::option, at, "order {}, but there are {} points so far", s.order, points);
    if (s.start < 0 || s.start >= points)
      fail(ErrorKind::option, at, "start {}, valid: 0 to {}", s.start, points - 1);
    for (const double v : {s.relax_by, s.ratio, s.heavy_ball})
      if (!std::isfinite(v)) fail(ErrorKind::option, at, "a number is not finite");
    if (static_cast<int>(s.active.size()) > s.order - 1)
      fail(ErrorKind::option, at, "points for {} derivatives, there are {}", s.active.size(), s.order - 1);
    for (std::size_t k = 0; k < s.active.size(); ++k) {
      std::vector<int> sorted = s.active[k];
      std::sort(sorted.begin(), sorted.end());
      if (sorted.empty()) continue;
      if (sorted.size() < k + 1)
        fail(ErrorKind::option, at, "derivative {} needs {} active points, {} given", k + 1, k + 1,
             sorted.size());
      if (sorted.front() < 0 || sorted.back() >= points ||
          std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end() ||
          std::find(sorted.begin(), sorted.end(), s.start) != sorted.end())
        fail(ErrorKind::option, at,
             "active points of derivative {} must be different ones of 0 to {}, not the start", k + 1,
             points - 1);
    }
  }
}

}  // namespace ulam
