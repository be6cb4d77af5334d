#pragma once
// What of a machine decides the bits of a result.
#include <nlohmann/json.hpp>

namespace ulam {

/// The kind of this machine as far as it decides bits: the processor class as the kernels, libtorch and the
/// BLAS pick their code by it, and the versions of Ulam, libtorch, BLAS and C library. A flat object of
/// texts; no name, no address, no clock rate.
nlohmann::json this_machine();

}  // namespace ulam
