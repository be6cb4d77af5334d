#pragma once
// What a network for windows of time series says of its windows.
#include <cstdint>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace ulam {

/// How a window is brought to unit size before a network sees it, by what is observed of it.
enum class SeriesScaling {
  mean,      // divided by the mean of |y|
  standard,  // less its mean, divided by its standard deviation
};
/// "mean", "standard".
const char* name_of(SeriesScaling scaling);

struct SeriesWindow {
  std::int64_t channels = 1, length = 0;
  std::int64_t horizon = 0;  // the last entries, which do not count for the scale in training
  SeriesScaling scaling = SeriesScaling::mean;
  std::int64_t context() const { return length - horizon; }
};
/// Of a network's configuration. Throws Error(unsupported) for a network of another kind, naming it.
SeriesWindow series_window(const nlohmann::json& network, const std::string& place);

}  // namespace ulam
