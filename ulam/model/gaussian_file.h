#pragma once
// gaussian.safetensors: the statistics that lie beside a bundle's weights.
#include <string>

#include "ulam/model/gaussian.h"

namespace ulam {

/// FOLDER/gaussian.safetensors.
std::string gaussian_path(const std::string& folder);

/// Writes the file atomically, numbers as float. Tensors: mean [d], vectors [r, d], values [r], rest [1]; for
/// class c the same under "class0.mean" ...; strings: format, rows, range, data, and where known sigma,
/// sigma_by (agreement, rule) and calibrated. Throws Error(shape) for sizes that do not fit one another,
/// Error(system).
void write_gaussians(const std::string& path, const GaussianSet& set);

/// Reads and checks whole: names, shapes that fit one another and `info.shape`, as many classes as the model
/// has (or none), the model's data range, finite numbers, eigenvalues >= 0 and falling, orthonormal vectors
/// to 1e-4. Throws Error(file) naming file, tensor and rule, Error(system) where it cannot be read.
GaussianSetPtr read_gaussians(const std::string& path, const ModelInfo& info);

/// The statistics of a bundle's folder, nothing where it has none. Throws as read_gaussians.
GaussianSetPtr load_gaussians(const std::string& folder, const ModelInfo& info);

}  // namespace ulam
