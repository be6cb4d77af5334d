#pragma once
// The idx format of the MNIST family: big-endian magic 00 00 08 n, n extents of 4 bytes, then bytes.
// Source: Y. LeCun, "The MNIST database of handwritten digits", section on file formats.
#include <string>
#include <string_view>

#include "ulam/io/array.h"
#include "ulam/io/bytes.h"

namespace ulam::io {

/// Labels [n], or pictures [n, H, W], as u8; plain or gzipped. 1 to 4 dimensions. Throws Error(file) for
/// another magic, another element type, sizes that overflow or a file that is not exactly as long as its
/// sizes say; Error(system) when it cannot be read.
Array read_idx(const std::string& path);
/// As read_idx, from memory (not gzipped).
Array parse_idx(ByteView bytes, std::string_view place);
/// Writes u8 data atomically. Throws Error(shape) for another dtype, more than 4 dimensions or an extent
/// above 2^32 - 1.
void write_idx(const std::string& path, const Array& array);

}  // namespace ulam::io
