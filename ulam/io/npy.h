#pragma once
// NumPy's .npy format, versions 1.0, 2.0 and 3.0. Source: NumPy Enhancement Proposal 1.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ulam/io/array.h"
#include "ulam/io/bytes.h"

namespace ulam::io {

/// What the head of an .npy file says; the data begins at byte `data`.
struct NpyHeader {
  Dtype dtype = Dtype::f32;
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
  std::uint64_t data = 0;
  std::uint64_t data_bytes = 0;
};

/// Parses the head from the first bytes of a file. Throws Error(file).
NpyHeader parse_npy_header(ByteView bytes, std::string_view place);

/// Reads little-endian numbers and booleans, at most 32 dimensions; Fortran order is turned into C order.
/// Objects (pickles), structures, strings and big-endian numbers are refused in one sentence; nothing in the
/// file is executed. Throws Error(file) unless the file is exactly as long as its head says, Error(system)
/// when it cannot be read.
Array read_npy(const std::string& path);
/// As read_npy, from memory.
Array parse_npy(ByteView bytes, std::string_view place);

/// Version 1.0, C order, data aligned to 64 bytes. Throws Error(unsupported) for bf16, which NumPy lacks,
/// Error(shape) for bytes that do not fit the shape.
Bytes serialise_npy(const Array& array);
/// Writes serialise_npy(array) atomically.
void write_npy(const std::string& path, const Array& array);

}  // namespace ulam::io
