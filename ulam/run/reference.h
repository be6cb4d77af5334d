#pragma once
// The converged end points of the probability-flow ODE, which deterministic solvers are measured against.
#include <cstdint>
#include <span>
#include <string>

#include <ATen/core/Tensor.h>

#include "ulam/draw/draw.h"

namespace ulam {

struct ReferenceOptions {
  /// RMS change under the last doubling to stop at; 0 = 1e-3 for networks, 1e-9 for exact problems of at most
  /// 100 numbers, 1e-6 for larger ones.
  double tolerance = 0;
  int most_steps = 0;  // give up doubling here; 0 = 128 for networks, 4096 for exact problems
  std::string folder;  // cache; "" = none
};

struct Reference {
  at::Tensor samples;            // [rows, ...]
  int steps = 0;                 // rk4 steps of the last run
  double change = 0;             // RMS change of the last doubling: an upper estimate of its own error
  std::int64_t evaluations = 0;  // spent now; 0 when it came from the cache
  bool converged = false;        // change <= tolerance
  bool cancelled = false;        // then samples are undefined
};

/// Classical Runge-Kutta on `grid` (a grid spec) between the path's noise end and `end`, doubled from 16
/// steps until the samples change by less than the tolerance. The rows are those of `request`: seed, ids,
/// conditions, noise; its field's guidance is part of the equation, and must be of_time(). The cache file's
/// name is a hash of model, guidance, seed, ids, conditions, noise, grid, end and tolerance; a file that does not read or does not fit is worked out anew. Cost: 4 (16 + 32 + ... + steps)
/// evaluations a row. Throws what draw() throws.
Reference converged_reference(const DrawRequest& request, const std::string& grid, double end,
                              const ReferenceOptions& options);

}  // namespace ulam
