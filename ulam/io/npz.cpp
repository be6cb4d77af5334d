#include "ulam/io/npz.h"

#include <functional>
#include <set>

#include "ulam/base/error.h"
#include "ulam/io/json.h"
#include "ulam/io/npy.h"
#include "ulam/io/quote.h"
#include "ulam/io/zip.h"

namespace ulam::io {
namespace {

constexpr const char* metadata_name = "metadata.json";

std::map<std::string, std::string> parse_metadata(const Bytes& content, const std::string& place) {
  const json object = parse_json(as_text(content), place);
  if (!object.is_object()) fail(ErrorKind::file, place, "an object of strings is needed");
  std::map<std::string, std::string> metadata;
  for (const auto& [key, value] : object.items()) {
    if (!value.is_string()) fail(ErrorKind::file, place, "field {} is not a string", in_quotes(key));
    metadata[key] = value.get<std::string>();
  }
  return metadata;
}

/// Hands the archive piece by piece to `sink`.
void produce(const ArrayFile& file, const std::function<void(ByteView)>& sink) {
  ZipWriter zip;
  const auto add = [&](const std::string& name, ByteView content) {
    sink(as_byte_view(zip.begin(name, content.size(), crc32_of(content))));
    sink(content);
  };
  std::set<std::string> names;
  for (const auto& [name, array] : file.arrays) {
    if (!is_utf8(name) || name.find('\0') != name.npos || !names.insert(name).second)
      fail(ErrorKind::option, "npz", "the array name {} is taken twice or not UTF-8", in_quotes(name));
    add(name + ".npy", serialise_npy(array));
  }
  if (!file.metadata.empty()) {
    for (const auto& [key, value] : file.metadata)
      if (!is_utf8(key) || !is_utf8(value))
        fail(ErrorKind::option, "npz", "the metadata {} is not UTF-8", in_quotes(key));
    add(metadata_name, as_byte_view(json(file.metadata).dump(2) + "\n"));
  }
  sink(as_byte_view(zip.finish()));
}

}  // namespace

ArrayFile parse_npz(ByteView bytes, std::string_view place, std::uint64_t cap) {
  ArrayFile file;
  for (const ZipMember& member : list_zip(bytes, place, cap)) {
    const std::string where = fmt::format("{}: member {}", place, in_quotes(member.name));
    const bool is_array = member.name.ends_with(".npy");
    if (!is_array && member.name != metadata_name)
      fail(ErrorKind::file, where, "is neither an .npy array nor {}", metadata_name);
    const Bytes content = read_zip_member(bytes, member, place);
    if (is_array)
      file.arrays.emplace_back(member.name.substr(0, member.name.size() - 4), parse_npy(content, where));
    else
      file.metadata = parse_metadata(content, where);
  }
  return file;
}

ArrayFile read_npz(const std::string& path, std::uint64_t cap) {
  return parse_npz(read_file(path), path, cap);
}

Bytes serialise_npz(const ArrayFile& file) {
  Bytes out;
  produce(file, [&](ByteView part) { out.insert(out.end(), part.begin(), part.end()); });
  return out;
}

void write_npz(const std::string& path, const ArrayFile& file) {
  AtomicFile output(path);
  produce(file, [&](ByteView part) { output.write(part); });
  output.commit();
}

}  // namespace ulam::io
