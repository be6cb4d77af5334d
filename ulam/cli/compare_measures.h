#pragma once
// Distances to real data for `ulam compare`: the measures of `ulam measure`, once for every set of draws.
#include <string>
#include <vector>

#include "ulam/run/compare.h"

namespace ulam::cli {

struct ComparedTo {
  std::string data;      // real samples, as `ulam measure` takes them
  std::string floor;     // other real samples; "" = none
  std::string what;      // list of measures
  std::string features;  // "" = what the model's card advises
  std::string model;     // whose card
  std::int64_t count = 0;
  std::uint64_t seed = 0;
  at::Tensor labels;  // of the draws; undefined without classes
  Watch watch;
};

struct RealData {
  Measure measure;
  std::vector<Figure> floor;  // what a perfect sampler would show: `floor` against `data`
};

/// Opens the sets (at most `count` rows of each, so that all figures share one size) and works the real
/// features out once. Throws Error(option) for measures that need pairs, forecasts or chains, and what
/// opening and measuring throw.
RealData real_data(const ComparedTo& options);

}  // namespace ulam::cli
