#include "ulam/draw/adaptive.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/draw/row_figures.h"
#include "ulam/draw/step_compile.h"

namespace ulam {
namespace {

constexpr std::size_t fields = 6;

AdaptiveRow read(const State& state, std::size_t r) {
  const auto at = [&](std::size_t k) { return state.numbers[k][r]; };
  return {at(0), at(1), at(2), at(3), at(4), at(5)};
}

void write(State& state, std::size_t r, const AdaptiveRow& row) {
  const double values[fields] = {row.length, row.last, row.older, row.accepted, row.rejected, row.hurried};
  for (std::size_t k = 0; k < fields; ++k) state.numbers[k][r] = values[k];
}

void ensure(State& state) {
  if (state.times.empty()) state.times.resize(state.ids.size());
  if (state.numbers.size() < fields) state.numbers.resize(fields);
  for (std::vector<double>& n : state.numbers) n.resize(state.ids.size(), 0.0);
}

}  // namespace

bool control(const Adaptive& a, int order, double error, double length, AdaptiveRow& row) {
  const double inverse = std::isfinite(error) ? 1 / (error + 1e-8) : 0;
  if (row.accepted + row.rejected == 0) row.last = row.older = inverse;
  const double q = order;
  const double wanted = std::pow(inverse, (a.proportional + a.integral + a.derivative) / q) *
                        std::pow(row.last, -(a.proportional + 2 * a.derivative) / q) *
                        std::pow(row.older, a.derivative / q);
  const double factor = 1 + std::atan((std::isfinite(wanted) ? wanted : 0) - 1);
  const bool stands = factor >= a.safety;
  if (stands) {
    row.older = row.last;
    row.last = inverse;
    row.accepted += 1;
  } else {
    row.rejected += 1;
  }
  row.length = length * factor;
  return stands;
}

AdaptiveRows::AdaptiveRows(const Plan& plan) : path_(plan.path), times_(plan.times) {
  if (!plan.own.adaptive) fail(ErrorKind::option, "adaptive", "the plan '{}' has none", plan.solver);
  adaptive_ = *plan.own.adaptive;
  first_ = path_.at(times_.front()).a == 0 ? 1 : 0;
  last_ = plan.levels() - (path_.at(times_.back()).s == 0 ? 1 : 0);
  order_ = static_cast<int>(plan.recipe->at(0).inner.size()) + 1;
  const Memory memory = memory_of(*plan.recipe);
  kept_ = memory.kept;
  low_ = memory.low;
  scale_ = memory.scale;
}

double AdaptiveRows::target(double from, double length, int level) const {
  const double end = times_[static_cast<std::size_t>(last_)];
  if (level + 1 >= last_) return end;
  const double lam = path_.half_log_snr(from), lam_end = path_.half_log_snr(end);
  if (lam + length >= lam_end - 1e-9 * std::max(1., std::abs(lam_end))) return end;
  const double to = path_.time_of_half_log_snr(lam + length);
  return to < from && to > end ? to : end;
}

void AdaptiveRows::begin(State& state) const {
  ensure(state);
  for (std::size_t r = 0; r < state.ids.size(); ++r) {
    const int level = state.level[r];
    if (state.times[r].own() || level < first_ || level >= last_) continue;
    AdaptiveRow row = read(state, r);
    if (row.length <= 0) row.length = adaptive_.first;
    write(state, r, row);
    const double from = times_[static_cast<std::size_t>(level)];
    state.times[r] = StepTimes::plain(from, target(from, row.length, level));
  }
}

std::vector<bool> AdaptiveRows::advance(State& state) const {
  const std::size_t rows = state.ids.size();
  const auto memory = [&](int index) -> at::Tensor& { return state.memory[static_cast<std::size_t>(index)]; };
  at::Tensor &kept = memory(kept_), &low = memory(low_), &scale = memory(scale_);
  const at::Tensor& before = scale.defined() ? scale : kept;
  const std::vector<double> errors = row_errors(state.x, low, before, adaptive_.atol, adaptive_.rtol),
                            starts = row_errors(state.x, low, kept, adaptive_.atol, adaptive_.rtol);
  std::vector<std::int64_t> wide(static_cast<std::size_t>(state.x.dim()), 1);
  wide[0] = state.rows();
  at::Tensor back = at::zeros(wide, at::kBool);
  std::vector<bool> taken_back;
  for (std::size_t r = 0; r < rows; ++r) {
    const StepTimes done = state.times[r];
    if (!done.own()) continue;
    AdaptiveRow row = read(state, r);
    const double length = path_.half_log_snr(done.to) - path_.half_log_snr(done.from);
    const double error = row.accepted == 0 ? starts[r] : errors[r];
    int& level = state.level[r];
    bool stands = control(adaptive_, order_, error, length, row);
    if (!stands && level == last_) {
      row.hurried = 1;
      row.rejected -= 1;
      row.accepted += 1;
      stands = true;
    }
    write(state, r, row);
    if (!stands) {
      back.data_ptr<bool>()[r] = true;
      taken_back.resize(rows);
      taken_back[r] = true;
    }
    const double from = stands ? done.to : done.from;
    if (from == times_[static_cast<std::size_t>(last_)]) {
      level = last_;
      state.times[r] = {};
    } else {
      state.times[r] = StepTimes::plain(from, target(from, row.length, level));
    }
  }
  if (!taken_back.empty()) {
    state.x = at::where(back, kept, state.x);
    scale = at::where(back, before, low);
  } else {
    scale = low;
  }
  kept = low = at::Tensor();
  return taken_back;
}

AdaptiveReport adaptive_report(const State& state) {
  AdaptiveReport out;
  if (state.numbers.size() < fields) return out;
  for (std::size_t r = 0; r < state.ids.size(); ++r) {
    const AdaptiveRow row = read(state, r);
    out.tried += static_cast<std::int64_t>(row.accepted + row.rejected);
    out.rejected += static_cast<std::int64_t>(row.rejected);
    out.hurried += row.hurried > 0;
  }
  return out;
}

}  // namespace ulam
