#pragma once
// The head of an .npy file, for those who write the data in pieces.
#include <span>
#include <string>

#include "ulam/io/array.h"

namespace ulam::io {

/// The bytes before the data: version 1.0, C order, padded so that the data begin at a multiple of 64. Throws
/// Error(unsupported) for bf16, which NumPy lacks, Error(shape) for more than 32 dimensions.
std::string npy_header(Dtype dtype, std::span<const std::int64_t> shape);

}  // namespace ulam::io
