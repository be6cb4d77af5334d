#pragma once
// The JSON header of a .safetensors file, read by the strict rules.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ulam/io/array.h"

namespace ulam::io {

inline constexpr std::uint64_t safetensors_header_cap = 100'000'000;

/// Where one tensor lies: bytes [begin, end) of the data that follows the header.
struct TensorHeader {
  std::string name;
  Dtype dtype = Dtype::f32;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;
};

struct SafetensorsHeader {
  std::vector<TensorHeader> tensors;  // in the order of their bytes
  std::map<std::string, std::string> metadata;
};

/// Parses and checks a header against `data_bytes`, the bytes that follow it. On return every shape has an
/// exact, checked size and the tensors cover the data without gap or overlap. Throws Error(file) that names
/// `place`, the tensor and the rule. Nesting is refused beyond two objects and a list, without recursion.
/// Cost: O(header) time and memory.
SafetensorsHeader parse_safetensors_header(std::string_view json, std::uint64_t data_bytes,
                                           std::string_view place);

/// The bytes before the data: the header's length and the header, metadata first, then the tensors in their
/// order, padded with blanks to a multiple of 8. Throws Error(option) for a name that is taken twice, is
/// "__metadata__" or is not UTF-8, and for a header beyond 100 MB.
std::string safetensors_header(const std::vector<TensorHeader>& tensors,
                               const std::map<std::string, std::string>& metadata);

/// The format's name of a dtype ("F32", "BOOL").
const char* safetensors_name(Dtype dtype);

}  // namespace ulam::io
