#include "ulam/learn/compensate.h"

#include <ATen/ATen.h>

namespace ulam {
namespace {

// The least of a loss of one ratio; 1 where nothing is lower.
double least(const std::function<double(double)>& loss, double& value) {
  double best = 1, width = .25;
  value = loss(1);
  for (int round = 0; round < 4; ++round, width /= 4) {
    const double centre = best;
    const int reach = round == 0 ? 4 : 3;
    for (int k = -reach; k <= reach; ++k) {
      if (k == 0) continue;
      const double ratio = centre + width * k, l = loss(ratio);
      if (l < value) value = l, best = ratio;
    }
  }
  return best;
}

}  // namespace

LinearRun run_linear(const LinearPlan& plan, const at::Tensor& start, std::vector<at::Tensor> known,
                     const DataEstimate& estimate) {
  LinearRun out{plan.enter == 1 ? start : start * plan.enter, std::move(known)};
  for (std::size_t k = 0; k < plan.times.size(); ++k) {
    if (k >= out.data.size()) out.data.push_back(estimate(out.end, plan.times[k]));
    at::Tensor next = out.end * plan.keep[k];
    for (std::size_t j = 0; j <= k; ++j)
      if (plan.of[k][j] != 0) next = next + out.data[j] * plan.of[k][j];
    out.end = next;
  }
  return out;
}

CompensationFit fit_ratios(const UnifiedRecipe& host, const Path& path, const at::Tensor& start,
                           const std::function<at::Tensor(double time)>& reference,
                           const DataEstimate& estimate) {
  check(host, path);
  CompensationFit out;
  const DataEstimate counted = [&](const at::Tensor& x, double t) {
    out.evaluations += x.size(0);
    return estimate(x, t);
  };
  std::vector<at::Tensor> known;
  for (std::size_t i = 0; i < host.steps.size(); ++i) {
    UnifiedRecipe prefix = host;
    prefix.times.resize(i + 2);
    prefix.steps.resize(i + 1);
    for (std::size_t k = 0; k < i; ++k) prefix.steps[k].ratio = out.ratios[k];
    const bool last = i + 1 == host.steps.size();
    if (prefix.skip_first && i == 0) {  // no answer yet, hence nothing to compensate
      out.ratios.push_back(1);
      out.loss.push_back(0);
      out.without.push_back(0);
      continue;
    }
    const at::Tensor exact = reference(host.times[i + 1]);
    const auto run = [&](double ratio) {
      prefix.steps[i].ratio = ratio;
      const bool corrects = !last && prefix.steps[i].correct != Correction::none;
      return run_linear(corrects ? corrected_plan(prefix, path) : linear_plan(prefix, path), start, known,
                        counted);
    };
    // The answers up to this step's beginning are the same whatever its ratio.
    known = run_linear(linear_plan(prefix, path), start, known, counted).data;
    const auto loss = [&](double ratio) {
      return (run(ratio).end - exact).to(at::kDouble).square().mean().item<double>();
    };
    double value = loss(1);
    out.without.push_back(value);
    out.ratios.push_back(i < 2 ? 1 : least(loss, value));
    out.loss.push_back(value);
    if (!last && prefix.steps[i].correct != Correction::none) known = run(out.ratios.back()).data;
  }
  return out;
}

}  // namespace ulam
