#pragma once
// The measures there are, and lists of them as a user types them.
#include <string>
#include <string_view>
#include <vector>

#include "ulam/base/catalogue.h"

namespace ulam {

/// What a measure takes.
enum class MeasureKind {
  sets,      // samples and a reference, in a space of features
  one_set,   // samples alone, in a space of features
  pairs,     // samples and a reference from the same noise
  classes,   // labelled samples and a classifier; labelled real rows beside them
  forecast,  // an ensemble [series, members, ...] and what came to pass [series, ...]
  chains,    // [chains, draws] or [chains, draws, dimensions]
};

struct MeasureEntry : Entry {
  MeasureKind kind = MeasureKind::sets;
};
/// frechet, mmd, precision, recall, density, coverage, knn, rarest, sliced, w1, w2, vendi, trajectory,
/// agreement, crps, coverage90, width90, ess, rhat, mcse.
const std::vector<MeasureEntry>& measures();

/// One measure of a list, its options checked.
struct ChosenMeasure {
  std::string name;  // of the entry
  MeasureKind kind = MeasureKind::sets;
  double level = 0;  // of coverageNN and widthNN
  Options options;
};

/// "frechet,sliced:directions=512,coverage50": names or aliases with options, separated by commas; an option
/// without a name before it belongs to the measure on its left ("sliced:directions=512,replicates=8,mmd").
/// coverageNN and widthNN stand for central intervals of NN per cent, 1 to 99. Throws Error(option) beginning
/// with `place`: an empty list, an unknown name (with the nearest), options out of range, measures of kinds
/// that take different inputs.
std::vector<ChosenMeasure> parse_measures(std::string_view list, std::string_view place);

}  // namespace ulam
