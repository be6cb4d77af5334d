#include <algorithm>

#include "ulam/base/error.h"
#include "ulam/draw/recipe.h"

namespace ulam {
namespace {

constexpr const char* expand_place = "recipe";

void check_tableau(const Tableau& t, std::size_t step) {
  if (t.c.size() != t.b.size() || t.a.size() != t.b.size())
    fail(ErrorKind::option, expand_place, "step {}: tableau of unequal sizes", step);
  for (std::size_t k = 0; k < t.a.size(); ++k)
    if (t.a[k].size() != k)
      fail(ErrorKind::option, expand_place, "step {}: tableau is not explicit at stage {}", step, k);
}

void check_inner(const StepRecipe& s, std::size_t step) {
  for (std::size_t k = 0; k < s.inner.size(); ++k) {
    if (!(s.inner[k].at > 0 && s.inner[k].at < 1))
      fail(ErrorKind::option, expand_place, "step {}: inner stage {} at {}, valid: between 0 and 1", step,
           k + 1, s.inner[k].at);
    if (s.inner[k].with < 0 || s.inner[k].with > static_cast<int>(k))
      fail(ErrorKind::option, expand_place, "step {}: inner stage {} uses stage {}, valid: 0 to {}", step,
           k + 1, s.inner[k].with, k);
  }
}

void check_edits(const StepRecipe& s, std::size_t step) {
  const Edits& e = s.edits;
  if (!s.one_evaluation() && (e.ratio != 1 || e.ghvb != 1))
    fail(ErrorKind::option, expand_place, "step {}: compensation and ghvb need a step of one evaluation",
         step);
  if (!(e.heavy_ball > 0 && e.heavy_ball <= 1))
    fail(ErrorKind::option, expand_place, "step {}: beta {} is not in (0, 1]", step, e.heavy_ball);
  if (!(e.ghvb > 0 && e.ghvb <= 1))
    fail(ErrorKind::option, expand_place, "step {}: beta {} is not in (0, 1]", step, e.ghvb);
  if (s.rule.eta != 0 && e.heavy_ball != 1)
    fail(ErrorKind::option, expand_place, "step {}: momentum takes no eta", step);
}

void check(const Recipe& recipe) {
  for (std::size_t i = 0; i < recipe.steps.size(); ++i) {
    const StepRecipe& s = recipe.steps[i];
    if (s.order < 1 || s.order > 7)
      fail(ErrorKind::option, expand_place, "step {}: order {} is not in 1 to 7", i, s.order);
    if (s.corrector.on && (s.corrector.order < 1 || s.corrector.order > 7))
      fail(ErrorKind::option, expand_place, "step {}: corrector of order {}, valid: 1 to 7", i,
           s.corrector.order);
    if (recipe.history() > 0 && s.rule.form != recipe.steps[0].rule.form)
      fail(ErrorKind::option, expand_place, "step {}: its history would mix data and noise predictions", i);
    if (!s.one_evaluation() && s.rule.eta != 0)
      fail(ErrorKind::option, expand_place, "step {}: a step of several evaluations takes no eta", i);
    if (!s.one_evaluation() && s.corrector.on)
      fail(ErrorKind::option, expand_place, "step {}: a corrector needs a step of one evaluation", i);
    if (!s.inner.empty() && s.stages.stages() > 1)
      fail(ErrorKind::option, expand_place, "step {}: a tableau and inner stages at once", i);
    const Edits& e = s.edits;
    if (s.embedded && (s.skip || e.dual != 0 || e.heavy_ball != 1 || recipe.own.shift))
      fail(ErrorKind::option, expand_place,
           "step {}: adaptive steps may be taken back, so they take no edit that remembers them or moves "
           "their "
           "times",
           i);
    if (s.skip && !s.one_evaluation())
      fail(ErrorKind::option, expand_place, "step {}: only a step of one evaluation can go without it", i);
    check_tableau(s.stages, i);
    check_inner(s, i);
    check_edits(s, i);
  }
}

// Lu et al. 2022, arXiv 2206.00927: K blocks of order 3, the rest of N evaluations at the end; of order 2,
// pairs and a lone one.
std::vector<int> block_sizes(int order, int n) {
  std::vector<int> out;
  if (order == 3) {
    const int blocks = n / 3 + 1;
    if (n % 3 == 0) {
      out.assign(static_cast<std::size_t>(std::max(0, blocks - 2)), 3);
      out.push_back(2);
      out.push_back(1);
    } else {
      out.assign(static_cast<std::size_t>(blocks - 1), 3);
      out.push_back(n % 3);
    }
  } else {
    out.assign(static_cast<std::size_t>(n / order), order);
    if (n % order > 0) out.push_back(n % order);
  }
  return out;
}

// A block of as many evaluations as intervals, at the grid's own times.
StepRecipe block(const StepRecipe& pattern, std::span<const double> times, const Path& path) {
  StepRecipe s = pattern;
  s.inner.clear();
  const double begin = path.half_log_snr(times.front());
  const double width = path.half_log_snr(times.back()) - begin;
  for (std::size_t k = 1; k + 1 < times.size(); ++k)
    s.inner.push_back({(path.half_log_snr(times[k]) - begin) / width, static_cast<int>(k) - 1});
  if (s.inner.size() != 1) s.rule.relax = Relaxation::none;
  return s;
}

Expanded join(const Recipe& recipe, const std::vector<double>& times, const Path& path) {
  Expanded out{recipe, {times.front()}};
  const StepRecipe pattern = recipe.steps.front();
  out.recipe.steps.clear();
  out.recipe.blocks = 0;
  std::size_t begin = 0;
  for (const int size : block_sizes(recipe.blocks, static_cast<int>(times.size()) - 1)) {
    const auto add = [&](std::size_t count) {
      out.recipe.steps.push_back(block(pattern, std::span(times).subspan(begin, count + 1), path));
      begin += count;
      out.times.push_back(times[begin]);
    };
    const std::size_t count = static_cast<std::size_t>(size);
    // Blocks at a limit of the path, where half-log-SNR is infinite, come apart.
    if (path.at(times[begin]).a == 0 || path.at(times[begin + count]).s == 0)
      for (std::size_t k = 0; k < count; ++k) add(1);
    else
      add(count);
  }
  return out;
}

// As many steps as the evaluations of an adaptive recipe pay for: those at a limit of the path are the
// grid's, the others are spaced as the grid's in half-log-SNR.
std::vector<double> stretched(const Recipe& recipe, const std::vector<double>& times, const Path& path) {
  const std::size_t first = path.at(times.front()).a == 0 ? 1 : 0,
                    last = times.size() - (path.at(times.back()).s == 0 ? 2 : 1);
  const int limits = static_cast<int>(first + times.size() - 1 - last),
            each = static_cast<int>(recipe.steps[0].inner.size()) + 1;
  const int steps = (recipe.own.adaptive->most - limits) / each;
  if (last <= first) return times;
  if (steps < 1)
    fail(ErrorKind::option, expand_place, "most {} pays for no step: {} evaluations are needed for one",
         recipe.own.adaptive->most, each + limits);
  std::vector<double> out(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(first));
  for (int j = 0; j <= steps; ++j) {
    const double at = static_cast<double>(first) + static_cast<double>(last - first) * j / steps;
    const std::size_t i = static_cast<std::size_t>(at);
    const double share = at - static_cast<double>(i);
    out.push_back(share == 0 ? times[i]
                             : path.time_of_half_log_snr((1 - share) * path.half_log_snr(times[i]) +
                                                         share * path.half_log_snr(times[i + 1])));
  }
  out.insert(out.end(), times.begin() + static_cast<std::ptrdiff_t>(last) + 1, times.end());
  return out;
}

}  // namespace

Expanded expand(const Recipe& recipe, const std::vector<double>& times, const Path& path) {
  if (recipe.steps.empty()) fail(ErrorKind::option, expand_place, "0 steps described");
  Expanded out{recipe, times};
  if (recipe.blocks > 0) out = join(recipe, times, path);
  if (recipe.own.adaptive && recipe.own.adaptive->most > 0) out.times = stretched(recipe, times, path);
  const int n = static_cast<int>(out.times.size()) - 1;
  std::vector<StepRecipe>& steps = out.recipe.steps;
  if (steps.size() != 1 && static_cast<int>(steps.size()) != n)
    fail(ErrorKind::option, expand_place, "{} steps described for a grid of {}", steps.size(), n);
  if (steps.size() == 1) {
    const StepRecipe pattern = steps.front();
    steps.assign(static_cast<std::size_t>(n), pattern);
  }
  std::copy_n(recipe.first.begin(), std::min(recipe.first.size(), steps.size()), steps.begin());
  out.recipe.first.clear();
  for (int i = 0; i < n; ++i) {
    StepRecipe& s = steps[static_cast<std::size_t>(i)];
    if (n < recipe.lower_final_below) {
      s.order = std::min(s.order, n - i);
      s.corrector.order = std::min(s.corrector.order, n - i);
    }
    if (i < recipe.correct_from) s.corrector = {};
    const double rho = path.rho(out.times[static_cast<std::size_t>(i)]);
    if (rho < recipe.eta_low || rho > recipe.eta_high) s.rule.eta = 0;
    if (recipe.dual_ramp != 0) s.edits.dual = n > 1 ? recipe.dual_ramp * i / (n - 1) : 0;
    if (!recipe.ratios.empty())
      s.edits.ratio = recipe.ratios[std::min(static_cast<std::size_t>(i), recipe.ratios.size() - 1)];
  }
  if (recipe.skip_first) steps.front().skip = true;
  out.recipe.lower_final_below = out.recipe.correct_from = 0;
  out.recipe.dual_ramp = 0;
  out.recipe.ratios.clear();
  out.recipe.skip_first = false;
  check(out.recipe);
  return out;
}

}  // namespace ulam
