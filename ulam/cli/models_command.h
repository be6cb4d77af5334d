#pragma once
// `ulam models`: what can be drawn from without further files.
#include <string>
#include <vector>

namespace ulam::cli {

/// A line a model: name, shape, classes, size of the weights, purpose from its card; or the same as JSON with
/// the whole card. A folder whose model.json is broken gets a line with the reason.
std::string models_text(const std::vector<std::string>& folders, bool json);

}  // namespace ulam::cli
