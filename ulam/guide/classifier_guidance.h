#pragma once
// Guidance by the gradient of a classifier: cg, and minority, whose classes are bins of rarity.
#include <optional>

#include "ulam/guide/terms.h"

namespace ulam {

struct ClassifierGuidanceOptions {
  ModelPtr classifier;  // logits, of the model's rows and path
  double scale = 1;     // g of p(x) p(y | x)^g
  /// score: eps~ = eps - s g grad log p, for any solver. mean: the mean of the step's kernel moves by g
  /// variance grad log p, for steps that add noise; without noise nothing moves.
  enum class Form { score, mean } form = Form::score;
  /// Whether the classifier knows noised rows x_t, or is asked about the data estimate, through which the
  /// gradient then goes.
  bool clean = false;
  /// The class that is wanted of all rows; none: each row's condition "label".
  std::optional<int> wanted;
  Schedule schedule;
  std::string name = "cg";      // or "minority"
  std::string classifier_name;  // as the user named it
};

/// The score gains scale * grad log p(y | x_t) (Dhariwal and Nichol 2021, arXiv 2105.05233, algorithms 2,
/// score, and 1, mean; minority guidance: Um, Lee and Ye 2023, arXiv 2301.12334). Rows whose label is the
/// null class are left alone, as is the step at a = 0. Cost: one evaluation of the classifier, forward and
/// backward, where it acts; with `clean` also backward through the model. Throws Error(option).
TermPtr make_classifier_guidance(const ClassifierGuidanceOptions& options);
TermEntry cg_entry();
TermEntry minority_entry();

}  // namespace ulam
