#pragma once
// Content hashes (64-bit FNV-1a, ulam::hash_bytes in pieces): they tell files apart, they do not resist
// forgery.
#include <cstdint>
#include <string>
#include <string_view>

#include "ulam/base/key.h"
#include "ulam/io/array.h"
#include "ulam/io/bytes.h"

namespace ulam::io {

/// A running hash: bytes fed in any pieces give hash_bytes of their concatenation.
class Digest {
 public:
  void add(std::string_view text) { value_ = hash_bytes(text, value_); }
  void add(ByteView bytes) { add(as_text(bytes)); }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = hash_bytes({});
};

/// Hash of dtype, shape and bytes. Cost: about a nanosecond a byte.
std::uint64_t digest(const Array& array);
/// Hash of the arrays (name, dtype, shape, bytes, in their order), not of the metadata: it names a set of
/// weights.
std::uint64_t digest(const ArrayFile& file);
/// Hash of a file's bytes, read in blocks. Throws as InputFile does.
std::uint64_t digest_file(const std::string& path);
/// 16 hexadecimal digits.
std::string digest_text(std::uint64_t value);

}  // namespace ulam::io
