#pragma once
// A named block of numbers as files hold it: dtype, shape, bytes in C order, little endian. No torch here.
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace ulam::io {

enum class Dtype { u8, i8, i16, i32, i64, f16, bf16, f32, f64, boolean };
/// Bytes of one element.
std::size_t size_of(Dtype dtype);
/// Short name for messages and digests: "u8", "f32", "boolean".
const char* name_of(Dtype dtype);

struct Array {
  Dtype dtype = Dtype::f32;
  std::vector<std::int64_t> shape;
  std::vector<std::byte> bytes;  // exactly product(shape) * size_of(dtype)

  std::int64_t count() const;  // product(shape); 1 for a scalar
};

/// Named arrays in file order plus string metadata: the content of a .safetensors or .npz file.
struct ArrayFile {
  std::vector<std::pair<std::string, Array>> arrays;
  std::map<std::string, std::string> metadata;
  const Array* find(const std::string& name) const;
};

/// product(shape) * size_of(dtype), or nothing when an extent is negative or the product passes 2^63 - 1.
std::optional<std::uint64_t> checked_byte_count(Dtype dtype, std::span<const std::int64_t> shape);

/// Throws Error(shape) "place: ..." unless `array.bytes` has exactly the bytes that dtype and shape ask for.
void check_size(const Array& array, std::string_view place);

/// Throws Error(file) when a boolean array holds a byte other than 0 and 1 (no other dtype has invalid
/// bytes).
void check_booleans(const Array& array, std::string_view place);

/// "[64, 28, 28]" for messages.
std::string shape_text(std::span<const std::int64_t> shape);

/// An array of the dtype that T stands for (uint8_t, int8_t, int16_t, int32_t, int64_t, float, double), with
/// a copy of `values` in C order. Throws Error(shape) when the count does not fit the shape.
template <typename T>
Array make_array(std::vector<std::int64_t> shape, std::span<const T> values) {
  Array a;
  if constexpr (std::is_same_v<T, std::uint8_t>)
    a.dtype = Dtype::u8;
  else if constexpr (std::is_same_v<T, std::int8_t>)
    a.dtype = Dtype::i8;
  else if constexpr (std::is_same_v<T, std::int16_t>)
    a.dtype = Dtype::i16;
  else if constexpr (std::is_same_v<T, std::int32_t>)
    a.dtype = Dtype::i32;
  else if constexpr (std::is_same_v<T, std::int64_t>)
    a.dtype = Dtype::i64;
  else if constexpr (std::is_same_v<T, float>)
    a.dtype = Dtype::f32;
  else {
    static_assert(std::is_same_v<T, double>, "no dtype for this type");
    a.dtype = Dtype::f64;
  }
  a.shape = std::move(shape);
  const auto raw = std::as_bytes(values);
  a.bytes.assign(raw.begin(), raw.end());
  check_size(a, "array");
  return a;
}
template <typename T>
Array make_array(std::vector<std::int64_t> shape, const std::vector<T>& values) {
  return make_array<T>(std::move(shape), std::span<const T>(values));
}

}  // namespace ulam::io
