#include "ulam/io/zip.h"

#include <algorithm>
#include <limits>
#include <set>
#include <zlib.h>

#include "ulam/base/error.h"
#include "ulam/io/quote.h"

namespace ulam::io {
namespace {

constexpr std::uint32_t local_magic = 0x04034b50, central_magic = 0x02014b50, end_magic = 0x06054b50;
constexpr std::size_t local_bytes = 30, central_bytes = 46, end_bytes = 22;
constexpr std::uint32_t most = 0xffffffff;  // in a 32-bit field it announces zip64

std::uint32_t u16(ByteView b, std::size_t at) {
  return std::to_integer<std::uint32_t>(b[at]) | std::to_integer<std::uint32_t>(b[at + 1]) << 8;
}
std::uint32_t u32(ByteView b, std::size_t at) { return u16(b, at) | u16(b, at + 2) << 16; }

struct Directory {
  std::size_t begin, bytes, members;
};

Directory find_directory(ByteView archive, std::string_view place) {
  if (archive.size() < end_bytes)
    fail(ErrorKind::file, place, "has {} bytes, too few for a zip archive", archive.size());
  // The end record is followed only by a comment of at most 65535 bytes, whose length it states.
  const std::size_t last = archive.size() - end_bytes;
  for (std::size_t back = 0; back <= std::min<std::size_t>(last, 0xffff); ++back) {
    const std::size_t at = last - back;
    if (u32(archive, at) != end_magic || u16(archive, at + 20) != back) continue;
    const std::uint32_t bytes = u32(archive, at + 12), begin = u32(archive, at + 16);
    if (u16(archive, at + 4) != 0 || u16(archive, at + 6) != 0 ||
        u16(archive, at + 8) != u16(archive, at + 10))
      fail(ErrorKind::file, place, "is a zip archive of several disks, which is not read");
    if (begin == most || bytes == most || u16(archive, at + 10) == 0xffff)
      fail(ErrorKind::file, place, "is a zip64 archive beyond 4 GiB, which is not read");
    if (std::uint64_t{begin} + bytes != at)
      fail(ErrorKind::file, place,
           "the zip directory at byte {} with {} bytes does not end at its end record at {}", begin, bytes,
           at);
    return {begin, bytes, u16(archive, at + 10)};
  }
  fail(ErrorKind::file, place, "has no zip end record: it is truncated or no zip archive");
}

/// Checks the local header of a member against the directory and finds its data.
void locate(ByteView archive, std::size_t at, std::size_t limit, ZipMember& m, std::uint32_t method,
            std::string_view place) {
  if (at > limit || limit - at < local_bytes || u32(archive, at) != local_magic)
    fail(ErrorKind::file, place, "zip member {} has no local header at byte {}", in_quotes(m.name), at);
  const std::size_t name = u16(archive, at + 26), extra = u16(archive, at + 28);
  const std::size_t room = limit - at - local_bytes;
  if (name + extra > room || m.stored > room - name - extra)
    fail(ErrorKind::file, place, "zip member {} passes the end of the data", in_quotes(m.name));
  if (u16(archive, at + 8) != method || as_text(archive.subspan(at + local_bytes, name)) != m.name)
    fail(ErrorKind::file, place, "zip member {} has a local header that contradicts the directory",
         in_quotes(m.name));
  m.data = at + local_bytes + name + extra;
}

void check_overlap(const std::vector<ZipMember>& members, std::vector<std::size_t> starts,
                   std::string_view place) {
  std::vector<std::pair<std::size_t, std::size_t>> spans;
  for (std::size_t i = 0; i < members.size(); ++i)
    spans.emplace_back(starts[i], members[i].data + members[i].stored);
  std::sort(spans.begin(), spans.end());
  for (std::size_t i = 1; i < spans.size(); ++i)
    if (spans[i].first < spans[i - 1].second)
      fail(ErrorKind::file, place, "two zip members overlap at byte {}", spans[i].first);
}

}  // namespace

std::uint32_t crc32_of(ByteView bytes, std::uint32_t before) {
  return static_cast<std::uint32_t>(
      crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::vector<ZipMember> list_zip(ByteView archive, std::string_view place, std::uint64_t cap) {
  const Directory directory = find_directory(archive, place);
  std::vector<ZipMember> members;
  std::vector<std::size_t> starts;
  std::set<std::string> names;
  std::uint64_t total = 0;
  ByteView rest = archive.subspan(directory.begin, directory.bytes);
  for (std::size_t i = 0; i < directory.members; ++i) {
    if (rest.size() < central_bytes || u32(rest, 0) != central_magic)
      fail(ErrorKind::file, place, "the zip directory is broken at member {}", i);
    const std::size_t name = u16(rest, 28), length = central_bytes + name + u16(rest, 30) + u16(rest, 32);
    if (length > rest.size()) fail(ErrorKind::file, place, "the zip directory is truncated at member {}", i);
    ZipMember m;
    m.name = as_text(rest.subspan(central_bytes, name));
    m.crc = u32(rest, 16);
    m.stored = u32(rest, 20);
    m.size = u32(rest, 24);
    const std::uint32_t method = u16(rest, 10), start = u32(rest, 42);
    const auto refuse = [&](const std::string& rule) {
      fail(ErrorKind::file, place, "zip member {} {}", in_quotes(m.name), rule);
    };
    if (!names.insert(m.name).second) refuse("appears twice");
    if ((u16(rest, 8) & 1) != 0) refuse("is encrypted");
    if (method != 0 && method != 8)
      refuse(fmt::format("has compression method {}, valid: 0, 8 (deflate)", method));
    if (m.stored == most || m.size == most || start == most)
      refuse("is zip64 beyond 4 GiB, which is not read");
    m.deflated = method == 8;
    if (!m.deflated && m.size != m.stored)
      refuse(fmt::format("is stored in {} bytes but claims {}", m.stored, m.size));
    if (m.size > m.stored * 1040 + 64)
      refuse(fmt::format("claims {} bytes, more than its {} stored bytes can hold", m.size, m.stored));
    total += m.size;
    if (total > cap)
      refuse(fmt::format("brings the archive to {} bytes, more than the {} allowed here", total, cap));
    locate(archive, start, directory.begin, m, method, place);
    members.push_back(std::move(m));
    starts.push_back(start);
    rest = rest.subspan(length);
  }
  if (!rest.empty())
    fail(ErrorKind::file, place, "{} bytes of the zip directory belong to no member", rest.size());
  check_overlap(members, std::move(starts), place);
  return members;
}

namespace {
struct RawInflater {
  z_stream stream{};
  explicit RawInflater(std::string_view place) {
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) fail(ErrorKind::system, place, "zlib could not start");
  }
  ~RawInflater() { inflateEnd(&stream); }
};
}  // namespace

Bytes read_zip_member(ByteView archive, const ZipMember& m, std::string_view place) {
  const ByteView stored = archive.subspan(m.data, m.stored);
  Bytes out;
  if (m.deflated) {
    // One byte more than claimed, so that a longer content shows itself and zlib always has somewhere to
    // write.
    out.resize(m.size + 1);
    RawInflater inflater(place);
    z_stream& z = inflater.stream;
    z.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(stored.data()));
    z.avail_in = static_cast<uInt>(stored.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    const int status = inflate(&z, Z_FINISH);
    if (status != Z_STREAM_END || z.avail_out != 1 || z.avail_in != 0)
      fail(ErrorKind::file, place, "zip member {} is damaged: it does not inflate to exactly {} bytes",
           in_quotes(m.name), m.size);
    out.resize(m.size);
  } else {
    out.assign(stored.begin(), stored.end());
  }
  if (crc32_of(out) != m.crc)
    fail(ErrorKind::file, place, "zip member {} has a wrong checksum", in_quotes(m.name));
  return out;
}

namespace {
void put16(std::string& out, std::uint64_t value) {
  out += {static_cast<char>(value), static_cast<char>(value >> 8)};
}
void put32(std::string& out, std::uint64_t value) {
  put16(out, value);
  put16(out, value >> 16);
}
}  // namespace

std::string ZipWriter::begin(const std::string& name, std::uint64_t size, std::uint32_t crc) {
  if (name.size() > 0xffff || members_ == 0xfffe)
    fail(ErrorKind::unsupported, "zip", "{}",
         members_ == 0xfffe ? "more than 65534 members" : "a name beyond 65535 bytes");
  const std::uint64_t next = offset_ + local_bytes + name.size() + size;
  if (size >= most || next + directory_.size() + central_bytes + name.size() >= most)
    fail(ErrorKind::unsupported, "zip", "the archive would pass 4 GiB, write safetensors instead");
  const bool utf8 =
      std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  std::string common;  // what both headers hold
  put16(common, 20);   // needs version 2.0
  put16(common, utf8 ? 0x800 : 0);
  put16(common, 0);     // stored
  put16(common, 0);     // 00:00
  put16(common, 0x21);  // 1980-01-01
  put32(common, crc);
  put32(common, size);
  put32(common, size);
  put16(common, name.size());
  put16(common, 0);  // no extra field
  std::string local;
  put32(local, local_magic);
  local += common + name;
  put32(directory_, central_magic);
  put16(directory_, 20);
  directory_ += common;
  put16(directory_, 0);  // comment, disk, attributes
  put16(directory_, 0);
  put16(directory_, 0);
  put32(directory_, 0);
  put32(directory_, offset_);
  directory_ += name;
  offset_ = next;
  ++members_;
  return local;
}

std::string ZipWriter::finish() const {
  std::string out = directory_;
  put32(out, end_magic);
  put32(out, 0);  // disks
  put16(out, members_);
  put16(out, members_);
  put32(out, directory_.size());
  put32(out, offset_);
  put16(out, 0);
  return out;
}

}  // namespace ulam::io
