#pragma once
// NumPy's .npz format: a zip archive of .npy files; string metadata travels as the member metadata.json.
#include <string>
#include <string_view>

#include "ulam/io/array.h"
#include "ulam/io/bytes.h"

namespace ulam::io {

/// Reads stored and deflated archives. Member "x.npy" becomes array "x", "metadata.json" (an object of
/// strings) the metadata; any other member is refused. Throws Error(file) as list_zip, read_zip_member and
/// parse_npy do, and for contents beyond `cap` bytes in all; Error(system) when the file cannot be read.
ArrayFile read_npz(const std::string& path, std::uint64_t cap = standard_cap);
/// As read_npz, from memory.
ArrayFile parse_npz(ByteView bytes, std::string_view place, std::uint64_t cap = standard_cap);

/// Stored members without time stamps: equal content gives equal bytes, and numpy.load reads them. Throws as
/// serialise_npy does, and Error(option) for names taken twice or metadata that is not UTF-8.
Bytes serialise_npz(const ArrayFile& file);
/// Writes serialise_npz(file) atomically; needs memory for one array at a time.
void write_npz(const std::string& path, const ArrayFile& file);

}  // namespace ulam::io
