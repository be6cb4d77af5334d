#pragma once
// A TorchScript archive as a network: its method forward, and nothing else of it.
#include <memory>
#include <string>

#include "ulam/model/foreign_model.h"

namespace ulam {

/// Opens the archive on the CPU in evaluation mode. It is run operation by operation as it is written: the
/// first call and the thousandth have the same bits. THE ARCHIVE CAN RUN CODE: open only what is trusted.
/// Throws Error(file) for what libtorch cannot read and for a method forward that is missing or cannot take
/// `arguments` tensors.
std::shared_ptr<const ForeignNetwork> load_torchscript(const std::string& file, int arguments);

/// libtorch's words of what went wrong, fit for one sentence and without backtraces: the first line of its own
/// errors, the last that says something of the interpreter's and of others.
std::string torch_words(const std::exception& error);

}  // namespace ulam
