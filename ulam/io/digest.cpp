#include "ulam/io/digest.h"

#include <algorithm>

#include <fmt/format.h>

namespace ulam::io {
namespace {

void add_array(Digest& digest, const Array& array) {
  digest.add(std::string_view(fmt::format("{} {} ", name_of(array.dtype), shape_text(array.shape))));
  digest.add(ByteView(array.bytes));
}

}  // namespace

std::uint64_t digest(const Array& array) {
  Digest running;
  add_array(running, array);
  return running.value();
}

std::uint64_t digest(const ArrayFile& file) {
  Digest running;
  for (const auto& [name, array] : file.arrays) {
    running.add(std::string_view(fmt::format("{} {} ", name.size(), name)));
    add_array(running, array);
  }
  return running.value();
}

std::uint64_t digest_file(const std::string& path) {
  InputFile file(path);
  Bytes block(1 << 20);
  Digest running;
  while (file.left() > 0) {
    const auto part = std::span(block).first(std::min<std::uint64_t>(block.size(), file.left()));
    file.read(part);
    running.add(ByteView(part));
  }
  return running.value();
}

std::string digest_text(std::uint64_t value) { return fmt::format("{:016x}", value); }

}  // namespace ulam::io
