#pragma once
// A package that torch.export and AOTInductor compiled, as a network.
#include <memory>
#include <string>

#include "ulam/model/foreign_model.h"

namespace ulam {

/// Whether the libtorch that this was built against can open such packages: 2.6 and later.
bool has_aotinductor();

/// Opens the package. It answers without gradients: asked for one, call() throws Error(unsupported). THE
/// PACKAGE IS MACHINE CODE: open only what is trusted. Throws Error(unsupported) without has_aotinductor(),
/// Error(file) for what libtorch cannot open.
std::shared_ptr<const ForeignNetwork> load_aotinductor(const std::string& file);

}  // namespace ulam
