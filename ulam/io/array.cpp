#include "ulam/io/array.h"

#include <bit>
#include <limits>

#include <fmt/ranges.h>

#include "ulam/base/error.h"

namespace ulam::io {

static_assert(std::endian::native == std::endian::little, "files are little endian and so must be the host");

std::size_t size_of(Dtype dtype) {
  switch (dtype) {
    case Dtype::u8:
    case Dtype::i8:
    case Dtype::boolean:
      return 1;
    case Dtype::i16:
    case Dtype::f16:
    case Dtype::bf16:
      return 2;
    case Dtype::i32:
    case Dtype::f32:
      return 4;
    case Dtype::i64:
    case Dtype::f64:
      return 8;
  }
  fail(ErrorKind::shape, "dtype", "value {} names no dtype", static_cast<int>(dtype));
}

const char* name_of(Dtype dtype) {
  switch (dtype) {
    case Dtype::u8:
      return "u8";
    case Dtype::i8:
      return "i8";
    case Dtype::i16:
      return "i16";
    case Dtype::i32:
      return "i32";
    case Dtype::i64:
      return "i64";
    case Dtype::f16:
      return "f16";
    case Dtype::bf16:
      return "bf16";
    case Dtype::f32:
      return "f32";
    case Dtype::f64:
      return "f64";
    case Dtype::boolean:
      return "boolean";
  }
  return "unknown";
}

std::int64_t Array::count() const {
  const auto bytes_wanted = checked_byte_count(dtype, shape);
  if (!bytes_wanted)
    fail(ErrorKind::shape, "array", "shape {} has no valid element count", shape_text(shape));
  return static_cast<std::int64_t>(*bytes_wanted / size_of(dtype));
}

const Array* ArrayFile::find(const std::string& name) const {
  for (const auto& [key, array] : arrays)
    if (key == name) return &array;
  return nullptr;
}

std::optional<std::uint64_t> checked_byte_count(Dtype dtype, std::span<const std::int64_t> shape) {
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  bool empty = false;
  for (const std::int64_t extent : shape) {
    if (extent < 0) return std::nullopt;
    empty = empty || extent == 0;
  }
  if (empty) return 0;
  std::uint64_t total = size_of(dtype);
  for (const std::int64_t extent : shape) {
    if (total > most / static_cast<std::uint64_t>(extent)) return std::nullopt;
    total *= static_cast<std::uint64_t>(extent);
  }
  return total;
}

void check_size(const Array& array, std::string_view place) {
  const auto wanted = checked_byte_count(array.dtype, array.shape);
  if (!wanted) fail(ErrorKind::shape, place, "shape {} has no valid size", shape_text(array.shape));
  if (*wanted != array.bytes.size())
    fail(ErrorKind::shape, place, "{} {} needs {} bytes but {} are there", name_of(array.dtype),
         shape_text(array.shape), *wanted, array.bytes.size());
}

void check_booleans(const Array& array, std::string_view place) {
  if (array.dtype != Dtype::boolean) return;
  for (const std::byte b : array.bytes)
    if (std::to_integer<int>(b) > 1)
      fail(ErrorKind::file, place, "a boolean is stored as byte {}, only 0 and 1 are valid",
           std::to_integer<int>(b));
}

std::string shape_text(std::span<const std::int64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

}  // namespace ulam::io
