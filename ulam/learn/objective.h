#pragma once
// What a training step minimises: policies in the one trainer loop.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ulam/learn/dataset.h"
#include "ulam/model/network.h"
#include "ulam/path/prediction.h"

namespace ulam {

/// Rows of a training step: data in the model's range, labels (undefined without), and the number of each row in the whole
/// run, which keys all its randomness.
struct Batch {
  at::Tensor x0;                    // float [rows, shape...]
  at::Tensor labels;                // int64 [rows] or undefined
  std::vector<std::uint64_t> rows;  // running number of each row
  std::uint64_t seed = 0;
};

/// One line of a validation report.
struct LevelLoss {
  std::string level;  // "sigma 0.30", "accuracy"
  double value = 0;
  double error = 0;   // standard error over rows
};

class Objective {
 public:
  virtual ~Objective() = default;
  /// Mean loss of the batch with a graph to the parameters. Pure: the same batch and parameters give the same loss.
  virtual at::Tensor loss(const Network& network, const Batch& batch) const = 0;
  /// Losses on held-out rows with fixed noise; no graph.
  virtual std::vector<LevelLoss> validate(const Network& network, const Batch& batch) const = 0;
};

/// Noise levels of training rows.
struct NoiseLevels {
  bool log_normal = true;  // log(s/a) ~ N(mean, deviation); else t uniform over the path
  double log_mean = -1.2, log_deviation = 1.2;
};

struct DenoisingOptions {
  Path path = Path::edm();
  Head head{Prediction::edm, 0.5};
  NoiseLevels levels;
  double class_dropout = 0.1;      // share of rows whose label becomes the null class
};
/// Mean square error of the head's own prediction. For the EDM head this is EDM's loss: weight (sigma^2 + sigma_data^2) /
/// (sigma sigma_data)^2 on D is weight 1 on F. Source: Karras et al. 2022, arXiv 2206.00364, table 1.
std::unique_ptr<Objective> denoising_objective(const DenoisingOptions& options);

/// Cross-entropy with label smoothing; validation gives accuracy and loss. With `levels` the classifier sees noised rows
/// x_t and their level, and so learns p(class | x_t) (Dhariwal and Nichol 2021, arXiv 2105.05233, section 4); validation
/// then gives both at fixed levels. Without, rows are clean.
std::unique_ptr<Objective> classification_objective(double label_smoothing, Head head, const Path& path,
                                                    std::optional<NoiseLevels> levels = {});

/// Random changes of the data that keep the label, keyed by (seed, row): any of "flip" (left-right) and "shift" (up to 2
/// pixels each way, edges repeated), joined by "+"; "none". Throws Error(option).
at::Tensor augment(const Batch& batch, const std::string& how);

}  // namespace ulam
