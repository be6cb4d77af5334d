#include "ulam/io/safetensors.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/io/quote.h"
#include "ulam/io/safetensors_header.h"

namespace ulam::io {
namespace {

/// Checks the length field against what follows it in the file.
std::uint64_t header_length(std::span<const std::byte, 8> field, std::uint64_t file_bytes,
                            std::string_view place) {
  std::uint64_t length = 0;
  std::memcpy(&length, field.data(), sizeof length);
  if (length > safetensors_header_cap)
    fail(ErrorKind::file, place,
         "the header length {} passes the {} bytes allowed, it is no safetensors file", length,
         safetensors_header_cap);
  if (length > file_bytes - 8)
    fail(ErrorKind::file, place, "the header of {} bytes passes the end of the file, which has {} bytes",
         length, file_bytes);
  return length;
}

void need_length_field(std::uint64_t file_bytes, std::string_view place) {
  if (file_bytes < 8)
    fail(ErrorKind::file, place, "has {} bytes, a safetensors file begins with 8 bytes of header length",
         file_bytes);
}

Array array_of(const TensorHeader& t) {
  Array a;
  a.dtype = t.dtype;
  a.shape = t.shape;
  a.bytes.resize(t.end - t.begin);
  return a;
}

void take(ArrayFile& file, const TensorHeader& t, Array array, std::string_view place) {
  check_booleans(array, fmt::format("{}: tensor {}", place, in_quotes(t.name)));
  file.arrays.emplace_back(t.name, std::move(array));
}

SafetensorsHeader read_header(InputFile& file) {
  need_length_field(file.size(), file.path());
  std::array<std::byte, 8> field;
  file.read(field);
  std::string text(header_length(field, file.size(), file.path()), '\0');
  file.read(std::as_writable_bytes(std::span(text)));
  return parse_safetensors_header(text, file.left(), file.path());
}

std::string json_text(const std::string& text, const char* what) {
  if (!is_utf8(text)) fail(ErrorKind::option, "safetensors", "the {} {} is not UTF-8", what, in_quotes(text));
  return nlohmann::json(text).dump();
}

std::string header_of(const ArrayFile& file) {
  std::vector<TensorHeader> tensors;
  std::uint64_t offset = 0;
  for (const auto& [name, array] : file.arrays) {
    check_size(array, fmt::format("safetensors: tensor {}", in_quotes(name)));
    tensors.push_back({name, array.dtype, array.shape, offset, offset + array.bytes.size()});
    offset += array.bytes.size();
  }
  return safetensors_header(tensors, file.metadata);
}

}  // namespace

std::string safetensors_header(const std::vector<TensorHeader>& tensors,
                               const std::map<std::string, std::string>& metadata) {
  std::vector<std::string> entries;
  if (!metadata.empty()) {
    std::vector<std::string> pairs;
    for (const auto& [key, value] : metadata)
      pairs.push_back(json_text(key, "metadata key") + ":" + json_text(value, "metadata value"));
    entries.push_back(fmt::format(R"("__metadata__":{{{}}})", fmt::join(pairs, ",")));
  }
  std::set<std::string> names;
  for (const TensorHeader& t : tensors) {
    if (t.name == "__metadata__" || !names.insert(t.name).second)
      fail(ErrorKind::option, "safetensors", "the tensor name {} is {}", in_quotes(t.name),
           t.name == "__metadata__" ? "reserved" : "taken twice");
    entries.push_back(fmt::format(R"({}:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})",
                                  json_text(t.name, "tensor name"), safetensors_name(t.dtype),
                                  fmt::join(t.shape, ","), t.begin, t.end));
  }
  std::string text = fmt::format("{{{}}}", fmt::join(entries, ","));
  text.resize((text.size() + 7) / 8 * 8, ' ');
  if (text.size() > safetensors_header_cap)
    fail(ErrorKind::option, "safetensors", "the header would have {} bytes, {} are allowed", text.size(),
         safetensors_header_cap);
  const std::uint64_t length = text.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + text;
}

ArrayFile read_safetensors(const std::string& path) {
  InputFile input(path);
  SafetensorsHeader header = read_header(input);
  ArrayFile file;
  file.metadata = std::move(header.metadata);
  for (const TensorHeader& t : header.tensors) {
    Array a = array_of(t);
    input.read(a.bytes);
    take(file, t, std::move(a), path);
  }
  return file;
}

SafetensorsFile::SafetensorsFile(std::string path)
    : file_(std::move(path)), header_(read_header(file_)), data_(file_.size() - file_.left()) {}

void SafetensorsFile::read(const TensorHeader& tensor, std::span<std::byte> into, std::uint64_t from) const {
  if (from > tensor.end - tensor.begin || into.size() > tensor.end - tensor.begin - from)
    fail(ErrorKind::shape, file_.path(), "tensor {} has {} bytes, {} from byte {} on are asked for",
         in_quotes(tensor.name), tensor.end - tensor.begin, into.size(), from);
  file_.read_at(data_ + tensor.begin + from, into);
}

std::map<std::string, std::string> read_safetensors_metadata(const std::string& path) {
  InputFile input(path);
  return read_header(input).metadata;
}

ArrayFile parse_safetensors(ByteView bytes, std::string_view place) {
  need_length_field(bytes.size(), place);
  const std::uint64_t length = header_length(bytes.first<8>(), bytes.size(), place);
  const ByteView data = bytes.subspan(8 + length);
  SafetensorsHeader header = parse_safetensors_header(as_text(bytes.subspan(8, length)), data.size(), place);
  ArrayFile file;
  file.metadata = std::move(header.metadata);
  for (const TensorHeader& t : header.tensors) {
    Array a = array_of(t);
    std::copy_n(data.begin() + static_cast<std::ptrdiff_t>(t.begin), a.bytes.size(), a.bytes.begin());
    take(file, t, std::move(a), place);
  }
  return file;
}

Bytes serialise_safetensors(const ArrayFile& file) {
  const std::string header = header_of(file);
  const ByteView head = as_byte_view(header);
  Bytes out(head.begin(), head.end());
  for (const auto& [name, array] : file.arrays) out.insert(out.end(), array.bytes.begin(), array.bytes.end());
  return out;
}

void write_safetensors(const std::string& path, const ArrayFile& file) {
  const std::string header = header_of(file);
  AtomicFile output(path);
  output.write(header);
  for (const auto& [name, array] : file.arrays) output.write(array.bytes);
  output.commit();
}

}  // namespace ulam::io
