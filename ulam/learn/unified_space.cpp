#include <algorithm>
#include <array>
#include <cmath>

#include "ulam/base/error.h"
#include "ulam/learn/space.h"
#include "ulam/path/grid.h"

namespace ulam {
namespace {

class Mutation {
 public:
  Mutation(Path path, const UnifiedSpaceOptions& options) : path_(std::move(path)), o_(options) {
    clean_ = std::isfinite(path_.t_clean()) ? path_.t_clean() : 0;
  }

  UnifiedRecipe operator()(const UnifiedRecipe& from, Dice& dice) const {
    UnifiedRecipe r = from;
    if (dice.chance(o_.insertion)) insert(r, dice);
    if (dice.chance(o_.deletion)) remove(r, dice);
    if (o_.skip_first && dice.chance(o_.change)) {
      r.skip_first = dice.chance(0.5);
      r.first_variance = r.skip_first && dice.chance(0.7) ? o_.variance : 0;
    }
    if (r.first_variance > 0 && dice.chance(o_.change)) r.first_variance *= std::exp(0.2 * dice.normal());
    move_times(r, dice);
    for (std::size_t i = 0; i < r.steps.size(); ++i) change(r.steps[i], static_cast<int>(i), dice);
    put_right(r, dice);
    return r;
  }

  // Steps come and go until the cost is what is asked; then everything is made to hang together.
  void put_right(UnifiedRecipe& r, Dice& dice) const {
    for (;;) {
      r.steps.back().correct = Correction::none;
      if (r.evaluations() == o_.evaluations) break;
      r.evaluations() > o_.evaluations ? remove(r, dice) : insert(r, dice);
    }
    for (std::size_t i = 0; i < r.steps.size(); ++i) {
      UnifiedStep& s = r.steps[i];
      const int points = static_cast<int>(i) + 1;
      s.order = std::clamp(s.order, 1, std::min(points, 4));
      if (s.start >= points || s.order < 2) s.start = 0;
      fit_active(s, points);
      if (s.order == 1) s.relax = Relaxation::none, s.relax_by = 0;
      if (i + 1 == r.steps.size()) s.correct = Correction::none;
    }
  }

 private:
  // Active points that are not there (or are the start) make room for the standard ones.
  static void fit_active(UnifiedStep& s, int points) {
    if (static_cast<int>(s.active.size()) > s.order - 1)
      s.active.resize(static_cast<std::size_t>(s.order - 1));
    for (std::size_t k = 0; k < s.active.size(); ++k) {
      const auto wrong = [&](int p) { return p == s.start || p >= points; };
      if (s.active[k].size() < k + 1 || std::any_of(s.active[k].begin(), s.active[k].end(), wrong))
        s.active[k].clear();
    }
    const auto none = [](const std::vector<int>& a) { return a.empty(); };
    if (std::all_of(s.active.begin(), s.active.end(), none)) s.active.clear();
  }
  void insert(UnifiedRecipe& r, Dice& dice) const {
    for (int attempt = 0;; ++attempt) {
      const std::size_t i = dice.below(r.steps.size());
      const double from = r.times[i], to = r.times[i + 1];
      const double high = path_.half_log_snr(from), low = path_.half_log_snr(to),
                   share = dice.uniform(.1, .9);
      double t = from + share * (to - from);
      if (std::isfinite(high) && std::isfinite(low))
        t = path_.time_of_half_log_snr(high + share * (low - high));
      if (!(t < from && t > to) && attempt < 100) continue;
      r.times.insert(r.times.begin() + static_cast<std::ptrdiff_t>(i) + 1, t);
      r.steps.insert(r.steps.begin() + static_cast<std::ptrdiff_t>(i) + 1, r.steps[i]);
      if (r.steps[i].correct == Correction::implicit) r.steps[i].correct = Correction::pseudo;
      return;
    }
  }
  void remove(UnifiedRecipe& r, Dice& dice) const {
    if (r.steps.size() < 3) {
      r.skip_first = false;
      r.first_variance = 0;
      for (UnifiedStep& s : r.steps) s.correct = Correction::none;
      if (r.steps.size() < 2 || r.evaluations() <= o_.evaluations) return;
    }
    const std::ptrdiff_t i = 1 + static_cast<std::ptrdiff_t>(dice.below(r.steps.size() - 1));
    r.times.erase(r.times.begin() + i);
    r.steps.erase(r.steps.begin() + i);
  }
  void move_times(UnifiedRecipe& r, Dice& dice) const {
    const double start = r.times.front(), end = r.times.back(), margin = 1e-3 * (end - clean_);
    for (std::size_t i = 1; i + 1 < r.times.size(); ++i) {
      if (!dice.chance(o_.change)) continue;
      const double t = clean_ + (r.times[i] - clean_) * (1 + o_.time_scale * dice.normal());
      const auto near = [&](double other) { return std::abs(other - t) < 1e-6 * std::abs(t - clean_); };
      if (t < start - 1e-3 * (start - clean_) && t > end + margin &&
          std::none_of(r.times.begin(), r.times.end(), near))
        r.times[i] = t;
    }
    std::sort(r.times.begin(), r.times.end(), std::greater<>());
  }
  void change(UnifiedStep& s, int step, Dice& dice) const {
    constexpr std::array<double, 4> orders{.2, .4, .3, .1};
    if (dice.chance(o_.change)) s.order = std::min(1 + static_cast<int>(dice.choice(orders)), step + 1);
    if (dice.chance(o_.change)) s.form = dice.chance(0.5) ? Form::noise : Form::data;
    if (dice.chance(o_.change) && dice.chance(0.3)) {
      if (s.relax != Relaxation::linear) s.relax_by = 0;
      s.relax = Relaxation::linear;
      s.relax_by += o_.relax_scale * dice.normal();
    }
    if (o_.single_step && dice.chance(o_.change)) s.start = step > 0 && dice.chance(0.1) ? 1 : 0;
    if (dice.chance(o_.change)) {  // newest points of the first derivative
      s.active.clear();
      const int count = std::min(dice.chance(0.5) ? 1 : 2, s.order - 1);
      std::vector<int> points;
      for (int p = 0; static_cast<int>(points.size()) < count; ++p)
        if (p != s.start) points.push_back(p);
      if (!points.empty()) s.active.push_back(std::move(points));
    }
    if (dice.chance(o_.change)) {
      s.correct = dice.chance(0.5) ? Correction::pseudo : Correction::none;
      if (o_.implicit && dice.chance(0.2)) s.correct = Correction::implicit;
      s.correct_relax = Relaxation::none;
    }
    if (!o_.edits) return;
    if (dice.chance(o_.change) && dice.chance(0.3)) s.ratio += 0.1 * dice.normal();
    if (dice.chance(o_.change) && dice.chance(0.3))
      s.heavy_ball = std::clamp(s.heavy_ball + 0.05 * dice.normal(), 0.5, 1.2);
  }

  Path path_;
  UnifiedSpaceOptions o_;
  double clean_ = 0;
};

std::optional<UnifiedRecipe> crossed(const UnifiedRecipe& a, const UnifiedRecipe& b, Dice& dice) {
  if (a.steps.size() != b.steps.size() || a.times.front() != b.times.front()) return {};
  UnifiedRecipe child = a;
  if (dice.chance(0.5)) child.times = b.times;
  if (dice.chance(0.5)) {
    child.skip_first = b.skip_first;
    child.first_variance = b.first_variance;
  }
  const bool by_step = dice.chance(0.5), all = dice.chance(0.5);
  for (std::size_t i = 0; i < child.steps.size(); ++i)
    if (by_step ? dice.chance(0.5) : all) child.steps[i] = b.steps[i];
  return child;
}

}  // namespace

SearchSpace unified_space(const Path& path, std::vector<UnifiedRecipe> start,
                          const UnifiedSpaceOptions& options) {
  if (options.evaluations < 1)
    fail(ErrorKind::option, "space", "{} evaluations, valid: at least 1", options.evaluations);
  SearchSpace space;
  for (UnifiedRecipe& r : start)
    if (r.evaluations() == options.evaluations) space.start.push_back(std::move(r));
  if (space.start.empty())
    fail(ErrorKind::option, "space", "no recipe of {} evaluations to begin with", options.evaluations);
  const Mutation mutate(path, options);
  UnifiedSpaceOptions wide = options;
  wide.change = 1;
  wide.time_scale = 0.5;
  wide.relax_scale = 0.3;
  const Mutation redraw(path, wide);
  space.mutate = mutate;
  space.cross = [mutate](const UnifiedRecipe& a, const UnifiedRecipe& b, Dice& dice) {
    std::optional<UnifiedRecipe> child = crossed(a, b, dice);
    if (child) mutate.put_right(*child, dice);
    return child;
  };
  space.random = [redraw, from = space.start](Dice& dice) {
    return redraw(from[dice.below(from.size())], dice);
  };
  return space;
}

std::vector<UnifiedRecipe> published_recipes(const Path& path, double end, int evaluations) {
  const std::string final =
      std::isfinite(path.t_clean()) && path.t_clean() == end && end != path.t_data() ? "clean" : "end";
  std::vector<std::vector<double>> grids;
  for (const std::string& spec : {standard_grid(path), "karras:final=" + final, "logsnr:final=" + final,
                                  "time:final=" + final, "time2:final=" + final}) {
    try {
      std::vector<double> times = make_grid(spec, path, evaluations);
      if (times.back() == end && std::find(grids.begin(), grids.end(), times) == grids.end())
        grids.push_back(std::move(times));
    } catch (const Error&) {  // the grid does not suit the path
    }
  }
  std::vector<UnifiedRecipe> out;
  const auto add = [&](const UnifiedRecipe& r) {
    if (std::find(out.begin(), out.end(), r) == out.end()) out.push_back(r);
  };
  for (const std::vector<double>& times : grids) {
    add(unified_ddim(times));
    for (const int order : {2, 3})
      for (const bool lower : {true, false}) {
        for (const Form form : {Form::data, Form::noise}) add(unified_multistep(times, order, form, lower));
        add(unified_unipc(times, order, Form::data, Relaxation::midpoint, lower));
      }
    add(unified_single(times, Form::data));
  }
  return out;
}

}  // namespace ulam
