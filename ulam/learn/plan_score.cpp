#include "ulam/learn/plan_score.h"

#include <cmath>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "ulam/base/error.h"
#include "ulam/model/class_reward.h"
#include "ulam/learn/refine.h"
#include "ulam/measure/frechet.h"
#include "ulam/measure/mmd.h"
#include "ulam/measure/trajectory.h"

namespace ulam {
namespace {

constexpr const char* plan_score_place = "objective";

}  // namespace

SampleScore trajectory_score(at::Tensor target) {
  const auto value = [target](const at::Tensor& samples) {
    if (samples.sizes() != target.sizes())
      fail(ErrorKind::shape, plan_score_place, "samples and converged end points differ in shape");
    return rmse(samples, target);
  };
  const auto figure = [target](const at::Tensor& samples) {
    return trajectory_error(*in_memory(samples, "samples"), *in_memory(target, "reference"));
  };
  return {"trajectory", "RMSE to the converged trajectory from the same noise", value, figure};
}

SampleScore frechet_score(const SampleSet& data, FeatureMap features) {
  const SampleSetPtr known = features_of(data, features);
  check_rows(*known, 4, "objective");
  const auto seen = [features](const at::Tensor& samples) {
    return features_of(*in_memory(samples, "samples"), features);
  };
  const auto value = [seen, moments = moments_of(*known)](const at::Tensor& samples) {
    return frechet_distance(moments_of(*seen(samples)), moments);
  };
  const auto figure = [seen, known](const at::Tensor& samples) {
    return frechet_distance(*seen(samples), *known);
  };
  return {"frechet", fmt::format("Frechet distance to {} in {}", data.name(), features.name), value, figure};
}

SampleScore mmd_score(SampleSetPtr data, FeatureMap features) {
  const SampleSetPtr known = features_of(*data, features);
  check_rows(*known, 4, "objective");
  MmdOptions options;
  options.kernel = MmdKernel::gaussian;
  options.permutations = 0;
  options.bandwidth = kernel_mmd(*known, *known, options).bandwidth;
  const auto figure = [known, features, options](const at::Tensor& samples) {
    return kernel_mmd(*features_of(*in_memory(samples, "samples"), features), *known, options).distance;
  };
  const auto value = [figure](const at::Tensor& samples) { return figure(samples).value; };
  return {"mmd", fmt::format("kernel discrepancy to {} in {}", data->name(), features.name), value, figure};
}

SampleScore agreement_score(ModelPtr classifier, at::Tensor labels) {
  const ModelInfo& info = classifier->info();
  const std::int64_t classes = static_cast<std::int64_t>(info.outputs.size());
  if (classes == 0)
    fail(ErrorKind::unsupported, plan_score_place, "{} is no classifier: it has no classes", info.name);
  if (labels.numel() > 0 &&
      (labels.min().item<std::int64_t>() < 0 || labels.max().item<std::int64_t>() >= classes))
    fail(ErrorKind::option, plan_score_place, "a label is not one of the {} classes of {}", classes,
         info.name);
  SampleScore score = reward_score("agreement", [classifier, labels](const at::Tensor& samples) {
    const at::NoGradGuard off;
    return class_log_probability(*classifier, samples, labels);
  });
  score.meaning = fmt::format("mean -log p of the class asked for, by {}", info.name);
  return score;
}

SampleScore reward_score(std::string name, std::function<at::Tensor(const at::Tensor& samples)> reward) {
  const auto figure = [name, reward = std::move(reward)](const at::Tensor& samples) {
    const at::Tensor r = reward(samples).to(at::kDouble).reshape({-1});
    const double rows = static_cast<double>(r.numel());
    const double error = rows > 1 ? r.std().item<double>() / std::sqrt(rows) : 0;
    return Figure{name, -r.mean().item<double>(), error, "scatter over rows", r.numel(), ""};
  };
  const auto value = [figure](const at::Tensor& samples) { return figure(samples).value; };
  return {name, "minus the mean of the reward " + name, value, figure};
}

}  // namespace ulam
