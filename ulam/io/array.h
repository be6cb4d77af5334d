#pragma once
// A named block of numbers as files hold it: dtype, shape, bytes in C order, little endian. No torch here.
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ulam::io {

enum class Dtype { u8, i8, i16, i32, i64, f16, bf16, f32, f64, boolean };
std::size_t size_of(Dtype dtype);
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

}  // namespace ulam::io
