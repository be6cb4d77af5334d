#include "ulam/learn/gradient.h"

#include <cmath>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "ulam/base/error.h"

namespace ulam {
namespace {

constexpr const char* gradient_place = "gradient";

at::Tensor number(double v) { return at::tensor({v}, at::kDouble).requires_grad_(true); }
double slope_of(const at::Tensor& t) { return t.grad().defined() ? t.grad().item<double>() : 0; }

}  // namespace

PlanGradient plan_gradient(const LinearPlan& plan, const Field& field, const at::Tensor& start,
                           const Conditions& conditions, const EndLoss& loss, double difference,
                           Ledger& ledger, const Watch& watch) {
  const at::AutoGradMode on(true);
  const ModelInfo& info = field.info();
  const std::size_t n = plan.times.size();
  Context context;
  const auto data = [&](const at::Tensor& x, double time, bool gradients) {
    const Affine d = to_data(info.head, info.path.at(time));
    const at::Tensor t = at::full({x.size(0)}, time, at::kDouble);
    return x * d.of_x + field.answer(x, t, conditions, context, ledger, watch, gradients).prediction * d.of_p;
  };
  std::vector<at::Tensor> keep, answers, changes;
  std::vector<std::vector<at::Tensor>> of(n);
  at::Tensor x = start.detach() * plan.enter;
  for (std::size_t k = 0; k < n; ++k) {
    if (!plan.left_out.empty()) context.left_out = &plan.left_out[k];
    at::Tensor d = data(x, plan.times[k], true);
    if (d.requires_grad())
      d.retain_grad();
    else
      d.requires_grad_(true);
    const double to = k + 1 < n && plan.times[k + 1] < plan.times[k] ? plan.times[k + 1] : plan.end;
    const double by = difference * (to - plan.times[k]);
    changes.push_back(by == 0 ? at::zeros_like(d.detach())
                              : (data(x.detach(), plan.times[k] + by, false) - d.detach()) / by);
    answers.push_back(d);
    keep.push_back(number(plan.keep[k]));
    at::Tensor next = x * keep.back().to(x.scalar_type());
    for (std::size_t j = 0; j <= k; ++j) {
      of[k].push_back(number(plan.of[k][j]));
      next = next + answers[j] * of[k][j].to(x.scalar_type());
    }
    x = next;
  }
  const at::Tensor value = loss(x);
  PlanGradient out;
  out.loss = value.item<double>();
  if (!std::isfinite(out.loss)) fail(ErrorKind::numeric, gradient_place, "the loss is {}", out.loss);
  value.backward();
  for (std::size_t k = 0; k < n; ++k) {
    out.keep.push_back(slope_of(keep[k]));
    std::vector<double> row;
    for (const at::Tensor& w : of[k]) row.push_back(slope_of(w));
    out.of.push_back(std::move(row));
    const at::Tensor adjoint = answers[k].grad();
    out.times.push_back(adjoint.defined() ? (adjoint * changes[k]).sum(at::kDouble).item<double>() : 0);
  }
  return out;
}

bool gradient_update(const PlanParameters& parameters, const Field& field, const at::Tensor& noise,
                     const Conditions& conditions, const EndLoss& loss, const GradientOptions& options,
                     GradientState& state, Ledger& ledger, const Watch& watch) {
  if (watch.cancelled()) return false;
  const std::size_t size = parameters.size();
  GradientState next = state;
  if (next.parameters.empty()) {
    next.parameters.assign(size, 0.0);
    next.m = next.v = next.best = next.parameters;
  }
  const LinearPlan here = parameters.linear(next.parameters);
  const double first = here.start ? *here.start : here.times.front();
  const PlanGradient g = plan_gradient(here, field, noise * field.info().path.at(first).s, conditions, loss,
                                       options.difference, ledger, watch);
  if (next.loss < 0 || g.loss < next.loss) {
    next.loss = g.loss;
    next.best = next.parameters;
  }
  // The chain from the plan's numbers to the parameters: no model, so by differences.
  std::vector<double> slope(size, 0.0);
  constexpr double h = 1e-6;
  for (std::size_t i = 0; i < size; ++i) {
    std::vector<double> moved = next.parameters;
    moved[i] += h;
    const LinearPlan there = parameters.linear(moved);
    for (std::size_t k = 0; k < here.times.size(); ++k) {
      slope[i] += g.times[k] * (there.times[k] - here.times[k]) / h;
      slope[i] += g.keep[k] * (there.keep[k] - here.keep[k]) / h;
      for (std::size_t j = 0; j <= k; ++j) slope[i] += g.of[k][j] * (there.of[k][j] - here.of[k][j]) / h;
    }
  }
  ++next.update;
  const double rate = options.rate * (1 - static_cast<double>(next.update - 1) / options.most_updates);
  constexpr double keep_m = 0.9, keep_v = 0.99;
  std::vector<double> step(size);
  for (std::size_t i = 0; i < size; ++i) {
    next.m[i] = keep_m * next.m[i] + (1 - keep_m) * slope[i];
    next.v[i] = keep_v * next.v[i] + (1 - keep_v) * slope[i] * slope[i];
    const double m = next.m[i] / (1 - std::pow(keep_m, next.update));
    const double v = next.v[i] / (1 - std::pow(keep_v, next.update));
    step[i] = -rate * m / (std::sqrt(v) + 1e-12);
  }
  for (int attempt = 0; attempt < 20; ++attempt) {
    std::vector<double> moved = next.parameters;
    for (std::size_t i = 0; i < size; ++i) moved[i] += step[i] * std::pow(.5, attempt);
    try {
      parameters.plan(moved);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::option && error.kind() != ErrorKind::numeric) throw;
      continue;
    }
    next.parameters = std::move(moved);
    break;
  }
  if (watch.cancelled()) return false;
  next.finished = next.update >= options.most_updates;
  state = std::move(next);
  return true;
}

}  // namespace ulam
