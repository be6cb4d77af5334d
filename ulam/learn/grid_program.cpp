#include "ulam/learn/grid_program.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/draw/loop.h"
#include "ulam/draw/weights.h"

namespace ulam {
namespace {

constexpr const char* grid_program_place = "grid";
constexpr double far = std::numeric_limits<double>::infinity();

class Costs {
 public:
  Costs(const Trajectories& t, const Path& path, int order) : t_(t), path_(path), order_(order) {
    const std::size_t m = t.times.size();
    if (m < 2 || t.x.size() != m || t.data.size() + 1 < m)
      fail(ErrorKind::option, grid_program_place, "{} times with {} states", m, t.x.size());
    if (order < 1 || order > 2) fail(ErrorKind::option, grid_program_place, "order {}, valid: 1, 2", order);
    std::vector<at::Tensor> rows;
    for (const at::Tensor& x : t.x) rows.push_back(x.to(at::kDouble).reshape({-1}));
    for (std::size_t i = 0; i + 1 < m; ++i) rows.push_back(t.data[i].to(at::kDouble).reshape({-1}));
    const at::Tensor all = at::stack(rows);
    gram_ = (all.matmul(all.t()) / static_cast<double>(all.size(1))).contiguous();
    const at::Tensor end = rows[m - 1];
    const Marginal e = path.at(t.times.back());
    const double variance = std::max(0.0, (end.var().item<double>() - e.s * e.s) / (e.a * e.a));
    for (const double time : t.times) {
      const Marginal at = path.at(time);
      growth_.push_back(
          std::sqrt((e.s * e.s + e.a * e.a * variance) / (at.s * at.s + at.a * at.a * variance)));
    }
    rule_.relax = Relaxation::midpoint;
  }
  std::size_t size() const { return t_.times.size(); }
  int order() const { return order_; }
  // Of the step i -> j; `before` is the node of the history, or i where there is none.
  double operator()(std::size_t before, std::size_t i, std::size_t j) const {
    std::vector<double> nodes{t_.times[i]};
    if (order_ == 2 && before != i && j + 1 != size()) nodes.push_back(t_.times[before]);
    const StepWeights w = weights(rule_, path_, t_.times[i], t_.times[j], nodes);
    if (nodes.size() > 1 && std::abs(w.of_nodes[1]) > std::abs(w.of_nodes[0] + w.of_nodes[1])) return far;
    const std::size_t m = size();
    const std::size_t at[4] = {j, i, m + i, m + before};
    const double by[4] = {-1, w.of_x, w.of_nodes[0], nodes.size() > 1 ? w.of_nodes[1] : 0};
    double sum = 0;
    const double* g = gram_.data_ptr<double>();
    const std::size_t width = static_cast<std::size_t>(gram_.size(1));
    for (std::size_t p = 0; p < 4; ++p)
      for (std::size_t q = 0; q < 4; ++q) sum += by[p] * by[q] * g[at[p] * width + at[q]];
    return growth_[j] * std::sqrt(std::max(sum, 0.0));
  }

 private:
  const Trajectories& t_;
  const Path& path_;
  int order_;
  Rule rule_;
  at::Tensor gram_;
  std::vector<double> growth_;
};

}  // namespace

Trajectories follow(const Field& field, std::span<const std::uint64_t> ids, const Conditions& conditions,
                    std::uint64_t seed, const std::vector<double>& times, int substeps, const Watch& watch) {
  const ModelInfo& info = field.info();
  std::vector<double> fine;
  for (std::size_t i = 0; i + 1 < times.size(); ++i) {
    const double from = info.path.half_log_snr(times[i]), to = info.path.half_log_snr(times[i + 1]);
    fine.push_back(times[i]);
    for (int k = 1; k < substeps; ++k)
      fine.push_back(std::isfinite(from) && std::isfinite(to)
                         ? info.path.time_of_half_log_snr(from + (to - from) * k / substeps)
                         : times[i] + (times[i + 1] - times[i]) * k / substeps);
  }
  fine.push_back(times.back());
  const SolverProcess process(compile_plan(make_recipe("rk4"), fine, info.path, info.head), field,
                              {.seed = seed});
  State state = process.start(ids, conditions);
  Ledger ledger;
  Trajectories out;
  out.times = times;
  const auto estimate = [&](double time) {
    const Affine d = to_data(info.head, info.path.at(time));
    const at::Tensor t = at::full({state.x.size(0)}, time, at::kDouble);
    const at::Tensor p = field.answer(state.x, t, conditions, {}, ledger, watch).prediction;
    return state.x * d.of_x + p * d.of_p;
  };
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (watch.cancelled()) return {};
    out.x.push_back(state.x.clone());
    if (i + 1 == times.size()) break;
    out.data.push_back(estimate(times[i]));
    for (int k = 0; k < substeps; ++k) process.step(state, ledger, watch);
  }
  out.evaluations = ledger.spent().evaluations;
  return out;
}

double cost_of_times(const Trajectories& trajectories, const Path& path, const std::vector<double>& times,
                     int order) {
  const Costs cost(trajectories, path, order);
  double sum = 0;
  std::size_t before = 0, here = 0;
  for (std::size_t k = 0; k < times.size(); ++k) {
    const auto at = std::find(trajectories.times.begin(), trajectories.times.end(), times[k]);
    if (at == trajectories.times.end())
      fail(ErrorKind::option, grid_program_place, "{} is not a time of the trajectories", times[k]);
    const std::size_t next = static_cast<std::size_t>(at - trajectories.times.begin());
    if (k > 0) sum += cost(k > 1 ? before : here, here, next);
    before = here;
    here = next;
  }
  return sum;
}

GridProgram best_times(const Trajectories& trajectories, const Path& path, int steps, int order) {
  const Costs cost(trajectories, path, order);
  const std::size_t m = cost.size();
  if (steps < 1 || static_cast<std::size_t>(steps) >= m)
    fail(ErrorKind::option, grid_program_place, "{} steps on {} times, valid: 1 to {}", steps, m, m - 1);
  // value[h * m + i]: least cost of k steps that end at i with the node before at h; of order 1, h = 0.
  const bool two = order == 2;
  const auto place_of = [&](std::size_t h, std::size_t i) { return (two ? h : 0) * m + i; };
  std::vector<double> value((two ? m : 1) * m, far);
  std::vector<std::vector<std::size_t>> from(static_cast<std::size_t>(steps));
  // The weights do not depend on k: every cost once.
  std::vector<double> table;
  if (two) {
    table.assign(m * m * m, far);
    for (std::size_t h = 0; h < m; ++h)
      for (std::size_t i = h; i < m; ++i)
        for (std::size_t j = i + 1; j < m && (h < i || i == 0); ++j)
          table[(h * m + i) * m + j] = cost(h, i, j);
  } else {
    table.assign(m * m, far);
    for (std::size_t i = 0; i < m; ++i)
      for (std::size_t j = i + 1; j < m; ++j) table[i * m + j] = cost(i, i, j);
  }
  value[0] = 0;
  for (int k = 0; k < steps; ++k) {
    std::vector<double> next(value.size(), far);
    std::vector<std::size_t>& back = from[static_cast<std::size_t>(k)];
    back.assign(value.size(), 0);
    for (std::size_t h = 0; h < (two ? m : 1); ++h)
      for (std::size_t i = 0; i < m; ++i) {
        const double v = value[place_of(h, i)];
        if (!std::isfinite(v)) continue;
        for (std::size_t j = i + 1; j < m; ++j) {
          const double c = v + (two ? table[(h * m + i) * m + j] : table[i * m + j]);
          const std::size_t to = place_of(i, j);
          if (c < next[to]) next[to] = c, back[to] = place_of(h, i);
        }
      }
    value = std::move(next);
  }
  std::size_t at = place_of(0, m - 1);
  for (std::size_t h = 0; h < (two ? m : 1); ++h)
    if (value[place_of(h, m - 1)] < value[at]) at = place_of(h, m - 1);
  GridProgram out;
  out.cost = value[at];
  for (int k = steps; k-- > 0;) {
    out.times.push_back(trajectories.times[at % m]);
    at = from[static_cast<std::size_t>(k)][at];
  }
  out.times.push_back(trajectories.times[at % m]);
  std::reverse(out.times.begin(), out.times.end());
  return out;
}

}  // namespace ulam
