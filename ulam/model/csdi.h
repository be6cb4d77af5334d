#pragma once
// What a CSDI network says of its windows: many series at once, some of their values observed.
#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace ulam {

/// The condition of models that complete windows: rows like the sample's, in the model's units, NaN = not
/// observed. Absent: nothing is observed.
inline constexpr const char* window_condition = "observed";

struct CsdiWindow {
  std::int64_t features = 0, length = 0;
  std::vector<std::string> names;       // of the features; empty or one a feature
  std::vector<double> mean, deviation;  // what the data were brought to unit size by; empty: nothing is known
};
/// Of a network's configuration. Throws Error(unsupported) for a network of another kind, naming it,
/// Error(option) naming a field.
CsdiWindow csdi_window(const nlohmann::json& network, const std::string& place);

}  // namespace ulam
