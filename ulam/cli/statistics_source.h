#pragma once
// The Gaussian statistics behind a model named on the command line.
#include "ulam/cli/model_source.h"
#include "ulam/model/gaussian.h"

namespace ulam::cli {

/// gaussian.safetensors of a bundle; the exact moments of a problem. Throws Error(unsupported) with the
/// `ulam stats` command where a bundle has none, and what read_gaussians and gaussians_of throw.
GaussianSetPtr statistics_of(const Source& source);

}  // namespace ulam::cli
