#pragma once
// A Python callable as an energy or a reward of the data estimate.
#include <string>

#include <torch/csrc/utils/pybind.h>

#include "ulam/guide/energy_function.h"

namespace ulam::python {

/// Calls function(x0), or function(x0, sigma) where `told_sigma`: x0 [rows, ...] with torch's graph, sigma =
/// s/a [rows]; it answers with [rows] energies. Holds the interpreter's lock while it calls, and only then.
/// Whatever the callable raises goes through unchanged. `scale` below 0: a reward.
TermPtr energy_of(pybind11::function function, double scale, Schedule schedule, bool told_sigma,
                  std::string name);

}  // namespace ulam::python
