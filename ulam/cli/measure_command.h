#pragma once
// `ulam measure`: how good samples are, as a table of figures with their errors.
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "ulam/cli/command_line.h"
#include "ulam/measure/figure.h"

namespace ulam::cli {

/// samples, what, features, count, label, seed, threads; the reference is a second argument without a name.
const std::vector<Parameter>& measure_parameters();

struct MeasureTask {
  Given given;  // of measure_parameters()
  std::string reference;
  bool json = false, quiet = false;
};

/// What a measurement says about itself beside its figures.
struct MeasureReport {
  std::vector<std::string> sets;  // "page.npz: 2048 rows of [1, 28, 28]"
  std::string features;  // "fashion-features:features (128 numbers), as the card advises"; may be empty
  std::vector<std::string> warnings;
  std::vector<Figure> figures;
  double seconds = 0, feature_seconds = 0;
};
/// The sets, a line a figure (measure, value +- error, rows, how the error was found, a short note), then the
/// long notes, equal ones together.
std::string measure_text(const MeasureReport& report);

/// Reads, measures, prints; warnings go to stderr. Returns 0. Throws Error(cancelled) at Ctrl-C, and what
/// reading and measuring throw, before features are worked out where it can.
int run_measure(const MeasureTask& task);

}  // namespace ulam::cli
