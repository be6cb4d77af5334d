#pragma once
// Spaces in which sets of samples are compared: the numbers as they are, principal components, a network's.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "ulam/measure/sample_set.h"
#include "ulam/model/model.h"

namespace ulam {

/// A function of every row on its own. `map`: [k, shape...] -> [k, dimension], float or double, thread-safe;
/// throws Error(shape) for rows it does not fit.
struct FeatureMap {
  std::string name;  // "raw", "pca:32", "fashion-features:features"
  std::int64_t dimension = 0;
  std::function<at::Tensor(const at::Tensor&)> map;
};

/// The numbers of a row, flattened.
FeatureMap raw_features(const std::vector<std::int64_t>& shape);

/// Coordinates of a row in the leading principal components of `reference`, in double: V' (x - mean), V the
/// eigenvectors of the sample covariance of the largest eigenvalues, in their order, each with its entry of
/// largest magnitude positive. Directions are not rescaled. 1 <= components <= min(n - 1, d) and
/// d <= most_moment_dimensions, else Error(option). Reads each row once; memory 8 d^2 bytes a few times over,
/// time n d^2 + O(d^3) (d = 784: 1 s; d = 3072: a minute or less).
FeatureMap pca_features(const SampleSet& reference, std::int64_t components);

/// The activation `tap` of a model at the data end of its path (time t_data), without conditions, flattened:
/// rows of the model's shape (Error(shape) otherwise), converted to its dtype. A classifier of ours has the
/// tap "features". Evaluated without gradients, in calls of info().row_limit rows (64 where it has no
/// preference), so that a row's numbers depend on the batch as little as the network's do. Throws
/// Error(unsupported) naming the taps there are. Cost: one evaluation a row.
FeatureMap model_features(ModelPtr model, const std::string& tap = "features");

/// The features of every row, worked out once and kept on disk (see mapped); labels stay. Throws Error(shape)
/// when the map does not fit the rows, Error(numeric) naming the row where a feature is NaN or infinite.
SampleSetPtr features_of(const SampleSet& set, const FeatureMap& features);

}  // namespace ulam
