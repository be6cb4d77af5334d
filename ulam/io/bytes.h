#pragma once
// Checked reading of files. Every failure is one sentence with the path and the system's reason.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ulam/io/atomic_file.h"

namespace ulam::io {

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline ByteView as_byte_view(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// A regular file open for reading from its start. Throws Error(system) when it is missing, a folder, no
/// regular file or unreadable. Its size is taken once, when it is opened.
class InputFile {
 public:
  explicit InputFile(std::string path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  const std::string& path() const { return path_; }
  std::uint64_t size() const { return size_; }
  std::uint64_t left() const { return size_ - position_; }
  /// Fills `into` from the current position; throws Error(system) when reading fails and Error(file) when the
  /// file ends.
  void read(std::span<std::byte> into);
  /// As read, from `offset` on; the current position stays. Several threads may call it.
  void read_at(std::uint64_t offset, std::span<std::byte> into) const;

 private:
  std::string path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  std::uint64_t position_ = 0;
};

inline constexpr std::uint64_t standard_cap = std::uint64_t{4} << 30;

/// The whole file. Throws as InputFile does, and Error(file) when it holds more than `cap` bytes (none is
/// read then).
Bytes read_file(const std::string& path, std::uint64_t cap = standard_cap);

/// Whether `bytes` begins with the gzip magic 1f 8b.
bool is_gzip(ByteView bytes);
/// Inflates gzip data (RFC 1952, members one after another). Throws Error(file) on damage, on truncation, on
/// bytes after the last member and as soon as the result would pass `cap` bytes; memory never passes `cap` by
/// more than 64 KiB.
Bytes gunzip(ByteView bytes, std::string_view place, std::uint64_t cap = standard_cap);
/// The content of a file that may be gzipped (recognised by its magic, not its name).
Bytes read_maybe_gzip(const std::string& path, std::uint64_t cap = standard_cap);

}  // namespace ulam::io
