// Feeds bytes to the readers of pictures (PNG, idx, gzip): they must accept or throw ulam::Error; an accepted
// picture survives a round trip.
#include <cstdlib>

#include "ulam/base/error.h"
#include "ulam/io/idx.h"
#include "ulam/io/png.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ulam::io;
  const ByteView bytes = std::as_bytes(std::span(data, size));
  try {
    const Png png = parse_png(bytes, "fuzz");
    check_size(png.image, "fuzz");
    if (parse_png(serialise_png({png.image, {}}), "again").image.bytes != png.image.bytes) std::abort();
  } catch (const ulam::Error&) {
  }
  try {
    const Bytes inflated =
        is_gzip(bytes) ? gunzip(bytes, "fuzz", 1 << 22) : Bytes(bytes.begin(), bytes.end());
    check_size(parse_idx(inflated, "fuzz"), "fuzz");
  } catch (const ulam::Error&) {
  }
  return 0;
}
