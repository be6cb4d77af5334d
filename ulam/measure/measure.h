#pragma once
// Several measures of the same data at once: what `ulam measure` does between reading and printing.
#include <cstdint>
#include <functional>
#include <vector>

#include "ulam/base/progress.h"
#include "ulam/measure/catalogue.h"
#include "ulam/measure/features.h"
#include "ulam/measure/figure.h"
#include "ulam/measure/sample_set.h"

namespace ulam {

/// How rare a model finds every row of a set, higher is rarer: double [n], one score a row, with noise at
/// level sigma, averaged over `noises`.
using RareScores = std::function<at::Tensor(const SampleSet&, double sigma, int noises)>;

/// The reference's scores, and how they were made.
struct RareReference {
  at::Tensor scores;
  double sigma = 0;
  int noises = 0;
};

/// What the measures of one list work on; which members are needed depends on their kinds.
struct MeasureInput {
  SampleSetPtr samples, reference;               // as they were read
  std::vector<std::int64_t> ids, reference_ids;  // of their rows, for pairs; empty: by position
  FeatureMap features;     // for sets and one_set; without a map: the numbers as they are
  ModelPtr classifier;     // for classes
  RareScores rare_scores;  // for rarest
  bool eight_bit = false;  // round pictures for features and classes, see eight_bit()
  SampleSetPtr samples_features, reference_features;  // by work_out_features
  RareReference rare_reference;                       // by work_out_scores
  std::uint64_t seed = 0;
  Watch watch;
};

/// Fills samples_features and reference_features (of the sets that are there), with progress. run_measures
/// does it where it was not done and a measure asks for it. Throws what features_of throws, Error(cancelled).
void work_out_features(MeasureInput& input);

/// Fills rare_reference as `rarest` asks. run_measures does it where it was not done. Throws Error(option)
/// without rare_scores, and what they throw.
void work_out_scores(const ChosenMeasure& rarest, MeasureInput& input);

/// Pictures in [-1, 1] rounded to the 256 levels that an 8-bit file has, clamped. Networks are sensitive to
/// what no eye sees; drawn rows are floats, real ones were bytes.
at::Tensor eight_bit(const at::Tensor& rows);

/// The figures of all measures, in order; agreement gives one a class too, mmd its p-value, vendi that of the
/// reference where there is one. Features are worked out once, neighbours once for the four measures that
/// share them. The cancel token is looked at whenever rows are read: Error(cancelled). Throws Error(option)
/// naming a measure whose second set or classifier is missing, and what the measures throw.
std::vector<Figure> run_measures(const std::vector<ChosenMeasure>& list, MeasureInput input);

}  // namespace ulam
