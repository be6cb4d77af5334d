#pragma once
// The part of the zip format that .npz needs. Source: PKWARE APPNOTE 6.3, sections 4.3 and 4.4.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ulam/io/bytes.h"

namespace ulam::io {

/// One member of an archive as the central directory lists it.
struct ZipMember {
  std::string name;
  std::uint64_t stored = 0;  // bytes in the archive
  std::uint64_t size = 0;    // bytes of the content
  std::uint64_t data = 0;    // where they begin
  std::uint32_t crc = 0;
  bool deflated = false;
};

/// Lists an archive in memory. Throws Error(file) for a missing or inconsistent directory, members that
/// overlap or leave the file, local headers that contradict the directory, names given twice, encryption,
/// methods other than stored and deflate, archives of several disks or beyond 4 GiB (zip64), and contents
/// that claim more bytes than deflate can hold or, together, more than `cap`.
std::vector<ZipMember> list_zip(ByteView archive, std::string_view place, std::uint64_t cap = standard_cap);

/// The content of a listed member; memory is its claimed size. Throws Error(file) when it inflates to another
/// size or its checksum differs.
Bytes read_zip_member(ByteView archive, const ZipMember& member, std::string_view place);

/// The parts of an archive of stored members with the fixed date 1980-01-01, so that equal content gives
/// equal bytes.
class ZipWriter {
 public:
  /// Bytes to write before the content of a member. Throws Error(unsupported) when the archive would pass 4
  /// GiB.
  std::string begin(const std::string& name, std::uint64_t size, std::uint32_t crc);
  /// The central directory, to write last.
  std::string finish() const;

 private:
  std::string directory_;
  std::uint64_t offset_ = 0;
  std::uint64_t members_ = 0;
};

/// CRC-32 of the zip format; `before` is that of the bytes before.
std::uint32_t crc32_of(ByteView bytes, std::uint32_t before = 0);

}  // namespace ulam::io
