#include "ulam/learn/adam.h"

#include <cmath>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace ulam {

AdamState adam_start(const Parameters& parameters) {
  AdamState state;
  for (const NamedTensor& p : parameters.list()) {
    state.m.push_back(at::zeros_like(p.tensor.detach()));
    state.v.push_back(at::zeros_like(p.tensor.detach()));
  }
  return state;
}

double clip_gradients(const Parameters& parameters, double most) {
  at::NoGradGuard no_grad;
  at::Tensor sum;
  for (const NamedTensor& p : parameters.list()) {
    if (!p.tensor.grad().defined()) continue;
    const at::Tensor square = p.tensor.grad().square().sum(at::kDouble);
    sum = sum.defined() ? sum + square : square;
  }
  if (!sum.defined()) return 0;
  const double norm = std::sqrt(sum.item<double>());
  if (most > 0 && norm > most)
    for (const NamedTensor& p : parameters.list())
      if (p.tensor.grad().defined()) p.tensor.grad().mul_(most / norm);
  return norm;
}

void adam_update(Parameters& parameters, AdamState& state, const AdamOptions& options, double rate) {
  at::NoGradGuard no_grad;
  ++state.updates;
  const double n = static_cast<double>(state.updates);
  const double correct1 = 1 - std::pow(options.beta1, n), correct2 = 1 - std::pow(options.beta2, n);
  for (std::size_t i = 0; i < parameters.list().size(); ++i) {
    at::Tensor p = parameters.list()[i].tensor;
    if (!p.grad().defined()) continue;
    const at::Tensor g = p.grad();
    at::Tensor &m = state.m[i], &v = state.v[i];
    m.mul_(options.beta1).add_(g, 1 - options.beta1);
    v.mul_(options.beta2).addcmul_(g, g, 1 - options.beta2);
    if (options.weight_decay > 0 && p.dim() > 1) p.mul_(1 - rate * options.weight_decay);
    p.addcdiv_(m, (v / correct2).sqrt_().add_(options.epsilon), -rate / correct1);
    p.mutable_grad().reset();
  }
}

}  // namespace ulam
