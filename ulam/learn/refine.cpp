#include "ulam/learn/refine.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

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

// Rows of products, in one fixed order: a search that is resumed must find the same bits.
std::vector<double> products(const at::Tensor& slopes, const at::Tensor& with) {
  const std::int64_t rows = slopes.size(0), others = with.size(0), length = slopes.size(1);
  std::vector<double> out;
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < others; ++j) {
      const double* a = slopes.data_ptr<double>() + i * length;
      const double* b = with.data_ptr<double>() + j * length;
      double sum = 0;
      for (std::int64_t k = 0; k < length; ++k) sum += a[k] * b[k];
      out.push_back(sum);
    }
  return out;
}

// Solves the symmetric positive system by Cholesky's factors; nothing where it is not positive.
std::optional<std::vector<double>> solved(std::vector<double> m, std::vector<double> b) {
  const std::size_t n = b.size();
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t k = 0; k < j; ++k)
      for (std::size_t i = j; i < n; ++i) m[i * n + j] -= m[i * n + k] * m[j * n + k];
    if (!(m[j * n + j] > 0)) return {};
    const double root = std::sqrt(m[j * n + j]);
    for (std::size_t i = j; i < n; ++i) m[i * n + j] /= root;
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= m[i * n + k] * b[k];
    b[i] /= m[i * n + i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) b[i] -= m[k * n + i] * b[k];
    b[i] /= m[i * n + i];
  }
  return b;
}

double size_of(const at::Tensor& r) { return std::sqrt(r.square().mean().item<double>()); }

}  // namespace

double rmse(const at::Tensor& a, const at::Tensor& b) { return size_of(flat(a) - flat(b)); }

PlanParameters::PlanParameters(const Plan& start) : start_(start), linear_(linear_plan(start)) {
  for (std::size_t k = linear_.start ? 0 : 1; k < linear_.times.size(); ++k) {
    // A stage at the time of its neighbour (Heun's second) keeps its own place all the same.
    if (std::isfinite(start_.path.half_log_snr(linear_.times[k]))) free_times_.push_back(k);
  }
  size_ = free_times_.size() + (linear_.start ? 1 : 0);
  for (const auto& row : linear_.of) size_ += 1 + row.size();
}

LinearPlan PlanParameters::linear(const std::vector<double>& parameters) const {
  if (parameters.size() != size_)
    fail(ErrorKind::option, "tune", "{} parameters given, {} needed", parameters.size(), size_);
  LinearPlan p = linear_;
  const Path& path = start_.path;
  std::size_t next = 0;
  for (const std::size_t k : free_times_) {
    const double here = path.half_log_snr(linear_.times[k]);
    const double before = path.half_log_snr(k > 0 ? linear_.times[k - 1] : *linear_.start);
    double gap = std::isfinite(before) ? here - before : 1;
    if (!(gap > 1e-3)) gap = 1;
    p.times[k] = path.time_of_half_log_snr(here + gap * parameters[next++]);
  }
  if (p.start) {
    const double s = path.at(p.times.front()).s / path.at(*p.start).s;
    p.enter += parameters[next++] * s;
  }
  for (std::size_t k = 0; k < p.of.size(); ++k) {
    const double to = k + 1 < p.times.size() ? p.times[k + 1] : p.end;
    const Marginal from_m = path.at(p.times[k]), to_m = path.at(to);
    p.keep[k] += parameters[next++] * std::max(to_m.s, 0.01 * from_m.s) / from_m.s;
    for (double& w : p.of[k]) w += parameters[next++] * to_m.a;
  }
  return p;
}

Plan PlanParameters::plan(const std::vector<double>& parameters) const {
  return plan_of(linear(parameters), start_);
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
  const std::vector<double> curvature = products(slopes, slopes);
  std::vector<double> downhill = products(slopes, here.unsqueeze(0));
  double mean = 0;
  for (std::size_t i = 0; i < size; ++i) mean += curvature[i * size + i] / static_cast<double>(size);
  const double ridge = options.ridge * mean;
  for (std::size_t i = 0; i < size; ++i) downhill[i] = -(downhill[i] + ridge * next.parameters[i]);
  bool better = false;
  for (int trial = 0; trial < 8 && !better; ++trial) {
    if (watch.cancelled()) return false;
    std::vector<double> damped = curvature;
    for (std::size_t i = 0; i < size; ++i) {
      double& d = damped[i * size + i];
      d += next.damping * d + ridge + std::numeric_limits<double>::min();
    }
    const auto move = solved(std::move(damped), downhill);
    if (!move) {
      next.damping *= 6;
      continue;
    }
    std::vector<double> moved = next.parameters;
    for (std::size_t i = 0; i < size; ++i) moved[i] += (*move)[i];
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

nlohmann::json refine_state_json(const RefineState& s) {
  return {{"parameters", s.parameters},
          {"error", s.error},
          {"damping", s.damping},
          {"round", s.round},
          {"finished", s.finished}};
}

RefineState refine_state_from(const nlohmann::json& j) {
  RefineState s;
  s.parameters = j.at("parameters").get<std::vector<double>>();
  s.error = j.at("error").get<double>();
  s.damping = j.at("damping").get<double>();
  s.round = j.at("round").get<int>();
  s.finished = j.at("finished").get<bool>();
  return s;
}

}  // namespace ulam
