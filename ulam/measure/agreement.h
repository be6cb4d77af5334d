#pragma once
// Whether a classifier recognises the class that a sample was asked for.
#include <cstdint>
#include <string>
#include <vector>

#include "ulam/base/progress.h"
#include "ulam/measure/figure.h"
#include "ulam/measure/sample_set.h"
#include "ulam/model/model.h"

namespace ulam {

/// Rows recognised among rows judged.
struct Share {
  std::int64_t right = 0, all = 0;

  double value() const;  // right / all; NaN of nothing
  double error() const;  // binomial_error
};

struct Agreement {
  std::vector<std::string> classes;  // of the classifier
  std::vector<Share> by_class;       // by the class that was asked for
  Share overall;
};

/// Class of highest score for every row, int64 [n]; rows in the classifier's range. Throws
/// Error(unsupported) when `classifier` has no classes, Error(shape) for rows of another shape,
/// Error(cancelled). Cost: one evaluation a row.
at::Tensor recognised_classes(const Model& classifier, const SampleSet& set, const Watch& watch = {});

/// Compares set.labels() with the recognised classes. Throws as recognised_classes, and Error(option) for a
/// set without labels or with a label that the classifier has not.
Agreement class_agreement(const Model& classifier, const SampleSet& set, const Watch& watch = {});

/// Figures "agreement" and, by class, "agreement/NAME" of the classes that occur; `real` (may be null), the
/// same of labelled real rows, is told in the notes: agreement above the classifier's accuracy on real rows
/// shows samples that are too typical, not better ones. Throws Error(option) naming a class of `drawn` that
/// `real` lacks.
std::vector<Figure> agreement_figures(const Agreement& drawn, const Agreement* real = nullptr);

}  // namespace ulam
