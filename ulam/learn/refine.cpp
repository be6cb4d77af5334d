#include "ulam/learn/refine.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "ulam/base/error.h"

namespace ulam {
namespace {

at::Tensor flat(const at::Tensor& x) { return x.to(at::kDouble).reshape({-1}); }

// The run at some parameters, or nothing where they make no plan or no finite samples.
at::Tensor residual(const PlanParameters& parameters, const std::vector<double>& at, const EndPoints& run,
                    const at::Tensor& target) {
  Plan plan;
  try {
    plan = parameters.plan(at);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::option && error.kind() != ErrorKind::numeric) throw;
    return {};
  }
  try {
    const at::Tensor r = flat(run(plan)) - target;
    return at::isfinite(r).all().item<bool>() ? r : at::Tensor();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::numeric) throw;
    return {};
  }
}

double size_of(const at::Tensor& r) { return std::sqrt(r.square().mean().item<double>()); }

}  // namespace

double rmse(const at::Tensor& a, const at::Tensor& b) { return size_of(flat(a) - flat(b)); }

PlanParameters::PlanParameters(const Plan& start) : start_(start), linear_(linear_plan(start)) {
  for (std::size_t k = 1; k < linear_.times.size(); ++k) {
    // A stage at the time of its neighbour (Heun's second) keeps its own place all the same.
    if (std::isfinite(start_.path.half_log_snr(linear_.times[k]))) free_times_.push_back(k);
  }
  size_ = free_times_.size();
  for (const auto& row : linear_.of) size_ += 1 + row.size();
}

Plan PlanParameters::plan(const std::vector<double>& parameters) const {
  if (parameters.size() != size_)
    fail(ErrorKind::option, "tune", "{} parameters given, {} needed", parameters.size(), size_);
  LinearPlan p = linear_;
  const Path& path = start_.path;
  std::size_t next = 0;
  for (const std::size_t k : free_times_) {
    const double here = path.half_log_snr(linear_.times[k]);
    const double before = path.half_log_snr(linear_.times[k - 1]);
    double gap = std::isfinite(before) ? here - before : 1;
    if (!(gap > 1e-3)) gap = 1;
    p.times[k] = path.time_of_half_log_snr(here + gap * parameters[next++]);
  }
  for (std::size_t k = 0; k < p.of.size(); ++k) {
    const double to = k + 1 < p.times.size() ? p.times[k + 1] : p.end;
    const Marginal from_m = path.at(p.times[k]), to_m = path.at(to);
    p.keep[k] += parameters[next++] * std::max(to_m.s, 0.01 * from_m.s) / from_m.s;
    for (double& w : p.of[k]) w += parameters[next++] * to_m.a;
  }
  return plan_of(p, start_);
}

bool refine_round(const PlanParameters& parameters, const EndPoints& run, const at::Tensor& target,
                  const RefineOptions& options, RefineState& state, const Watch& watch) {
  const std::size_t size = parameters.size();
  const at::Tensor goal = flat(target);
  RefineState next = state;
  if (next.parameters.empty()) next.parameters.assign(size, 0.0);
  if (watch.cancelled()) return false;
  const at::Tensor here = residual(parameters, next.parameters, run, goal);
  if (!here.defined()) fail(ErrorKind::numeric, "tune", "the plan to begin with does not run");
  next.error = size_of(here);

  at::Tensor slopes = at::empty({static_cast<std::int64_t>(size), here.numel()}, at::kDouble);
  for (std::size_t i = 0; i < size; ++i) {
    if (watch.cancelled()) return false;
    at::Tensor difference;
    for (const double h : {options.difference, -options.difference}) {
      std::vector<double> moved = next.parameters;
      moved[i] += h;
      const at::Tensor there = residual(parameters, moved, run, goal);
      if (!there.defined()) continue;
      difference = (there - here) / h;
      break;
    }
    slopes[static_cast<std::int64_t>(i)] = difference.defined() ? difference : at::zeros_like(here);
  }
  const at::Tensor curvature = slopes.matmul(slopes.t());
  const at::Tensor pull = at::tensor(next.parameters, at::kDouble);
  const double ridge = options.ridge * curvature.diagonal().mean().item<double>() * 1e-3;
  const at::Tensor downhill = -(slopes.matmul(here) + pull * ridge);
  bool better = false;
  for (int trial = 0; trial < 8 && !better; ++trial) {
    if (watch.cancelled()) return false;
    at::Tensor damped = curvature.clone();
    damped.diagonal().mul_(1 + next.damping).add_(ridge + 1e-300);
    const at::Tensor move =
        std::get<0>(at::linalg_lstsq(damped, downhill.unsqueeze(1), c10::nullopt, c10::nullopt));
    std::vector<double> moved = next.parameters;
    for (std::size_t i = 0; i < size; ++i) moved[i] += move[static_cast<std::int64_t>(i)][0].item<double>();
    const at::Tensor there = residual(parameters, moved, run, goal);
    if (there.defined() && size_of(there) < next.error) {
      const double error = size_of(there);
      next.finished = error > next.error * (1 - options.least_gain);
      next.error = error;
      next.parameters = std::move(moved);
      next.damping = std::max(next.damping / 5, 1e-9);
      better = true;
    } else {
      next.damping *= 6;
    }
  }
  ++next.round;
  next.finished = next.finished || !better || next.round >= options.most_rounds;
  state = std::move(next);
  return true;
}

}  // namespace ulam
