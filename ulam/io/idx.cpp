#include "ulam/io/idx.h"

#include <limits>

#include "ulam/base/error.h"

namespace ulam::io {

Array parse_idx(ByteView bytes, std::string_view place) {
  const auto at = [&](std::size_t i) { return std::to_integer<std::uint32_t>(bytes[i]); };
  if (bytes.size() < 4)
    fail(ErrorKind::file, place, "has {} bytes, an idx file begins with 4 bytes of magic", bytes.size());
  if (at(0) != 0 || at(1) != 0)
    fail(ErrorKind::file, place, "begins with {:02x} {:02x}, an idx file begins with two zero bytes", at(0),
         at(1));
  if (at(2) != 0x08) fail(ErrorKind::file, place, "has idx element type {:02x}, only 08 (u8) is read", at(2));
  const std::size_t dimensions = at(3);
  if (dimensions < 1 || dimensions > 4)
    fail(ErrorKind::file, place, "has {} idx dimensions, 1 to 4 are read", dimensions);
  const std::size_t header = 4 + 4 * dimensions;
  if (bytes.size() < header)
    fail(ErrorKind::file, place, "is truncated: the idx header needs {} bytes but {} are there", header,
         bytes.size());
  Array a;
  a.dtype = Dtype::u8;
  for (std::size_t d = 0; d < dimensions; ++d) {
    const std::size_t i = 4 + 4 * d;
    a.shape.push_back(at(i) << 24 | at(i + 1) << 16 | at(i + 2) << 8 | at(i + 3));
  }
  const auto wanted = checked_byte_count(a.dtype, a.shape);
  if (!wanted) fail(ErrorKind::file, place, "the size of idx shape {} overflows", shape_text(a.shape));
  const ByteView data = bytes.subspan(header);
  if (*wanted != data.size())
    fail(ErrorKind::file, place, "idx shape {} needs {} bytes of data but {} are there", shape_text(a.shape),
         *wanted, data.size());
  a.bytes.assign(data.begin(), data.end());
  return a;
}

Array read_idx(const std::string& path) { return parse_idx(read_maybe_gzip(path), path); }

void write_idx(const std::string& path, const Array& array) {
  check_size(array, path);
  if (array.dtype != Dtype::u8 || array.shape.empty() || array.shape.size() > 4)
    fail(ErrorKind::shape, path, "idx holds u8 with 1 to 4 dimensions, not {} {}", name_of(array.dtype),
         shape_text(array.shape));
  std::string header{'\0', '\0', '\x08', static_cast<char>(array.shape.size())};
  for (const std::int64_t extent : array.shape) {
    if (extent > std::numeric_limits<std::uint32_t>::max())
      fail(ErrorKind::shape, path, "the extent {} passes 2^32 - 1, the most that idx can say", extent);
    for (int shift = 24; shift >= 0; shift -= 8) header += static_cast<char>(extent >> shift & 0xff);
  }
  AtomicFile output(path);
  output.write(header);
  output.write(array.bytes);
  output.commit();
}

}  // namespace ulam::io
