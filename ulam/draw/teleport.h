#pragma once
// The start stage of a draw: plain noise, or a closed-form jump over the noisy end (analytical
// teleportation).
#include <optional>
#include <string>

#include "ulam/draw/plan.h"
#include "ulam/model/gaussian.h"

namespace ulam {

class Problem;

/// Where a draw begins. "noise": at the first level. "teleport:sigma=S": at the first level whose s/a is at
/// most S. "teleport:skip=K": at level K. "teleport": at the last level whose s/a is not below the sigma of
/// the statistics. The noise is carried there by teleport(), for 0 evaluations.
struct Start {
  bool teleport = false;
  std::optional<double> sigma;
  std::optional<int> skip;
};
/// Reads such a spec; "" is "noise". Throws Error(option) with the valid words and ranges.
Start parse_start(const std::string& spec, const std::string& place = "start");

/// The level at which the draw begins: 0 to plan.levels(). `statistics` and `model_hash` serve "teleport"
/// without a level: a measured sigma must be of this model. Throws Error(option) for a skip past the plan's
/// steps, Error(unsupported) where no sigma is known or it was calibrated for another network.
int start_level(const Start& start, const Plan& plan, const GaussianSet* statistics,
                std::uint64_t model_hash);

/// The Gaussians of an exact problem's data from its mean and covariance, per class where it has classes.
/// Exact, at full rank. Cost: O(d^3) a class. Throws as Problem::covariance.
GaussianSetPtr gaussians_of(const Problem& problem);

}  // namespace ulam
