#pragma once
// What model.json says of a network that is a program of its own: TorchScript, or a compiled package.
#include <cstdint>
#include <string>
#include <vector>

#include <c10/core/ScalarType.h>

#include "ulam/model/bundle.h"

namespace ulam {

/// "network" of such a bundle, checked. Fields: kind ("torchscript" or "aotinductor"), file, shape (of one
/// row), dtype, time, input, classes, null_class.
struct ForeignConfig {
  /// What the second argument is: the path's own time, or log(s/a)/4 bounded to [-3, 3], EDM's c_noise.
  enum class Time { path, c_noise };
  std::string kind;
  std::string file;
  std::vector<std::int64_t> shape;
  at::ScalarType dtype = at::kFloat;  // or double
  Time time = Time::path;
  bool scaled = false;      // the first argument is x / sqrt(s^2 + a^2 sigma_data^2), not x
  int classes = 0;          // above 0: a third argument, int64 labels a row
  bool null_class = false;  // the number `classes` stands for none
};

/// Whether the network is a program of its own.
bool is_foreign(const BundleConfig& config);

/// Throws Error(file | option) naming the field: missing, unknown, out of range, a file's name with a folder
/// in it, class names that are not as many as the classes.
ForeignConfig parse_foreign_config(const BundleConfig& config, const std::string& place);

}  // namespace ulam
