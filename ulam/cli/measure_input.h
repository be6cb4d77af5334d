#pragma once
// From what a user types to sets of samples and features: the arguments of `ulam measure`.
#include <cstdint>
#include <string>
#include <vector>

#include "ulam/measure/features.h"
#include "ulam/measure/measure.h"
#include "ulam/measure/sample_set.h"

namespace ulam::cli {

/// A set of samples with what is known about it.
struct MeasureSet {
  SampleSetPtr set;
  std::vector<std::int64_t> ids;     // of the rows, where the file has them
  std::vector<std::string> classes;  // names, where the source has them
  std::string model;                 // that drew it, from the file's record
  std::string noise;                 // what the start of the draw came from, "seed 3"
};

struct MeasureSetOptions {
  std::int64_t count = 0;    // exact samples of a problem; 0 = 2048
  std::uint64_t seed = 0;    // of a problem's samples
  std::uint64_t stream = 0;  // problems with other streams give other samples
};

/// Opens
///  - .npy, .npz, .safetensors: samples, with labels, ids and record where the file holds them;
///  - DATA:test, DATA:train: a split of a picture data set (read_dataset); a folder alone: its test split
///    where it has one, else all of it. Pictures become floats in [-1, 1] as they are read;
///  - a problem's .json file or a problem by name ("ring", "ring:width=0.05"): exact samples.
/// Throws Error(system) for what is not there, Error(option | file) in one sentence that says what it may be.
MeasureSet open_measure_set(const std::string& text, const MeasureSetOptions& options);

/// Keeps the rows of one class; ids stay with their rows. Throws Error(option) for a set without labels or
/// without a row of the class.
void keep_class(MeasureSet& set, std::int64_t label);
/// Keeps at most `count` rows, a keyed subset in rising order.
void keep_some(MeasureSet& set, std::int64_t count, std::uint64_t seed);
/// A class by number, or by name among those of the sets, else of the model that `features` names. Throws
/// Error(option) with the valid names and the nearest.
std::int64_t class_of(const std::string& text, const MeasureSet& samples, const MeasureSet& reference,
                      const std::string& features);

/// Features as typed: "raw", "pca:32" (components of `reference`), a shipped model's name or a bundle's
/// folder with an optional ":TAP". "" = the model that the card of the model that drew the samples advises
/// ("features" in its card), else raw for rows of at most 256 numbers, pca:64 beyond.
struct ChosenFeatures {
  FeatureMap map;
  ModelPtr model;    // where the features are a model's
  std::string note;  // how they were chosen, where the user did not
};
ChosenFeatures choose_features(const std::string& text, const MeasureSet& samples,
                               const SampleSet& reference);

/// Scores of rareness as `rarest` asks (rarity_scores, labels given where the model takes them), by the model
/// that its option names, else by `drew`, a shipped model's name or a bundle's folder; nothing where that
/// names no model that is here. Throws as find_model does for the option.
RareScores rare_scores_of(const ChosenMeasure& rarest, const std::string& drew, const Watch& watch);

}  // namespace ulam::cli
