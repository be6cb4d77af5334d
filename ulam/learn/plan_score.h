#pragma once
// What a plan is judged by while it is searched for: a number for a set of samples, lower is better.
#include <functional>
#include <string>

#include <ATen/core/Tensor.h>

#include "ulam/measure/features.h"
#include "ulam/measure/figure.h"
#include "ulam/measure/sample_set.h"

namespace ulam {

/// Samples [rows, ...] to a number; lower is better.
struct SampleScore {
  std::string name;     // "trajectory", "frechet", "mmd", "agreement"
  std::string meaning;  // for provenance: "RMSE to the converged trajectory from the same noise"
  std::function<double(const at::Tensor& samples)> value;
  /// The same of samples that no search has seen, with its sampling error.
  std::function<Figure(const at::Tensor& samples)> figure;
};

/// RMSE over all elements to `target`, the converged end points from the same noise. Few samples do.
SampleScore trajectory_score(at::Tensor target);
/// Frechet distance to `data` in the space of `features`. Biased upwards by O(1 / n), and over-fitted by
/// searches: some 1,000 samples, and a report on fresh ones. The moments of the data are worked out once. The
/// noise should be the same for all plans.
SampleScore frechet_score(const SampleSet& data, FeatureMap features);
/// Squared kernel discrepancy, unbiased: it may be negative. Gaussian kernel with the data's median distance:
/// the unbiased one of an unbounded kernel can be made as low as one likes by a few samples far away, and a
/// search does so.
SampleScore mmd_score(SampleSetPtr data, FeatureMap features);
/// Minus the mean log-probability that a classifier gives to the labels asked for, int64 [rows]; smooth where
/// the share of right answers is not. One evaluation of the classifier a row.
SampleScore agreement_score(ModelPtr classifier, at::Tensor labels);
/// Minus the mean of any reward of the rows.
SampleScore reward_score(std::string name, std::function<at::Tensor(const at::Tensor& samples)> reward);

}  // namespace ulam
