#pragma once
// The .safetensors format: 8 bytes of header length, a JSON header, the bytes of the tensors.
#include <map>
#include <string>
#include <string_view>

#include "ulam/io/array.h"
#include "ulam/io/bytes.h"
#include "ulam/io/safetensors_header.h"

namespace ulam::io {

/// Reads a file by the strict rules: the header has at most 100 MB, lies inside the file and is one UTF-8
/// JSON object without duplicate keys; `__metadata__` maps strings to strings; every tensor has exactly
/// dtype, shape and data_offsets; the tensors cover the data without gap or overlap. The arrays come in the
/// order of their bytes, each read once, straight into its memory. No tensor data is read, and nothing of its
/// size allocated, before the whole header is checked against the size of the file. Throws Error(file) that
/// names file, tensor and rule, Error(system) where the file cannot be read.
ArrayFile read_safetensors(const std::string& path);

/// An open file whose header is checked as read_safetensors does and whose tensors are read when they are
/// wanted, each straight into the memory of whoever wants it.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(std::string path);
  const std::string& path() const { return file_.path(); }
  const SafetensorsHeader& header() const { return header_; }
  /// Fills `into`, a part of the tensor's bytes that begins at byte `from` of it. Throws as InputFile::read.
  /// Booleans are not checked.
  void read(const TensorHeader& tensor, std::span<std::byte> into, std::uint64_t from = 0) const;

 private:
  InputFile file_;
  SafetensorsHeader header_;
  std::uint64_t data_ = 0;  // where the tensors begin in the file
};

/// As read_safetensors, without the tensors: the string metadata of the file. The header is checked all the
/// same.
std::map<std::string, std::string> read_safetensors_metadata(const std::string& path);

/// As read_safetensors, from memory; `place` stands for the path in errors.
ArrayFile parse_safetensors(ByteView bytes, std::string_view place);

/// The file's bytes: metadata first, then the arrays in their order, header padded with spaces to a multiple
/// of 8. A pure function of the content. Throws Error(shape) for an array whose bytes do not fit its shape,
/// Error(option) for a name that is taken twice, is "__metadata__" or is not UTF-8.
Bytes serialise_safetensors(const ArrayFile& file);

/// Writes serialise_safetensors(file) atomically, without a second copy of the data.
void write_safetensors(const std::string& path, const ArrayFile& file);

}  // namespace ulam::io
