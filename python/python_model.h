#pragma once
// A Python callable as a model.
#include <memory>

#include <torch/csrc/utils/pybind.h>

#include "ulam/model/model.h"

namespace ulam::python {

/// A function whose last owner may be a thread that does not hold the interpreter's lock.
std::shared_ptr<pybind11::function> held(pybind11::function function);

/// Calls function(x, t, **conditions): x [rows, ...] as the model's dtype, t [rows] the path's time in x's
/// dtype, conditions by name, label among them as int64 [rows] with the null class as its number. Holds the
/// interpreter's lock while it calls, and only then. Whatever the callable raises goes through unchanged.
/// Gradients pass where torch knows them.
ModelPtr model_of(pybind11::function function, ModelInfo info);

}  // namespace ulam::python
