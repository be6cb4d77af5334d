#pragma once
// Mean and principal directions of a data set, and down to which noise level a network follows them.
#include <cstdint>
#include <optional>
#include <vector>

#include "ulam/base/ledger.h"
#include "ulam/base/progress.h"
#include "ulam/guide/field.h"
#include "ulam/learn/dataset.h"
#include "ulam/model/gaussian.h"

namespace ulam {

/// Numbers a row beyond which covariances are not decomposed.
inline constexpr std::int64_t most_statistics_dimensions = 4096;

struct StatisticsOptions {
  std::int64_t rank = 256;              // directions kept of all rows, 0 to 1000
  std::int64_t class_rank = 32;         // directions kept of a class, 0 to 1000
  int classes = 0;                      // numbers 0 .. classes - 1 get Gaussians of their own; 0 = none do
  double data_low = -1, data_high = 1;  // what bytes 0 .. 255 stand for
};

/// The Gaussian of all rows and those of the classes, in the model's scale; directions with less than 1e-6 of
/// the squared half range are dropped. Each row is read once; mean and scatter are kept in double and merged
/// without cancellation. Memory: 16 d^2 bytes and a block of rows. Cost: n d^2 operations and 1 + classes
/// decompositions of O(d^3). Throws Error(option) for ranks out of range, a class with fewer than 2 rows,
/// Error(unsupported) for classes where the set has no labels or rows of more than most_statistics_dimensions
/// numbers, Error(cancelled).
GaussianSet dataset_statistics(const Dataset& data, const StatisticsOptions& options, const Watch& watch);

/// How far a network is from the Gaussian at one level.
struct Agreement {
  double sigma = 0;        // s/a
  double conditional = 0;  // mean |D_net - D_gauss|^2 / mean |D_net - mean|^2 over rows with their labels
  double null = 0;         // the same without labels
};
struct Calibration {
  std::vector<Agreement> levels;  // noise to data
  std::optional<double> sigma;    // the least level that passes; none: no level does
  std::int64_t evaluations = 0;
};

struct CalibrationOptions {
  double tolerance = 1e-3;
  std::int64_t rows = 64;
  double ratio = 1.189207115002721;  // from level to level, above 1; 2^(1/4)
  double least = 0.1;                // s/a below which no level is tried
  std::uint64_t seed = 0;
};

/// Compares D of the network with D of the statistics (source: arXiv 2412.09726, sec. 3) on data rows with
/// keyed noise, on levels that fall by `ratio` from the noise end of the model's path (at most s/a = 200). A
/// level passes where both figures are at most `tolerance`; `sigma` is the least passing level, and the
/// search ends with the first that fails after one that passed. `pictures` [n, ...] in the model's scale,
/// `labels` int64 [n] or undefined; the first `rows` are used. Cost: 2 rows evaluations a level (1 without
/// labels). Throws Error(shape | cancelled).
Calibration calibrate(const Field& field, const GaussianSet& statistics, const at::Tensor& pictures,
                      const at::Tensor& labels, const CalibrationOptions& options, const Watch& watch);

/// 3 sqrt(largest eigenvalue of all); none for data without variance.
std::optional<double> rule_of_thumb(const GaussianSet& set);

/// What `ulam stats` and the end of `ulam train` do: the statistics of the data set's training split, with
/// classes where the model and the data have them (and `classes` is wanted), calibrated on rows spread evenly
/// over its test split (training split where it has none). Where no level passes, which is the rule for small
/// networks (their own error at high noise is larger than the tolerance), sigma is 3 times the root of the
/// largest eigenvalue, and sigma_by_rule says so: below about that the directions of the data, and not their
/// Gaussian alone, begin to decide. Nothing is written. Throws as the parts do, and Error(shape) for pictures
/// that are not the model's.
struct MeasuredStatistics {
  GaussianSet set;
  Calibration calibration;
};
struct MeasureStatisticsOptions {
  std::int64_t rank = 256, class_rank = 32;
  bool classes = true;
  CalibrationOptions calibration;
};
MeasuredStatistics measure_statistics(const Field& field, const std::string& data,
                                      const MeasureStatisticsOptions& options, const Watch& watch);

}  // namespace ulam
