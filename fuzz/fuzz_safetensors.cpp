// Feeds bytes to the safetensors reader: it must accept or throw ulam::Error, and what it accepts must
// survive a round trip.
#include <cstdlib>

#include "ulam/base/error.h"
#include "ulam/io/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ulam::io;
  ArrayFile file;
  try {
    file = parse_safetensors(std::as_bytes(std::span(data, size)), "fuzz");
  } catch (const ulam::Error&) {
    return 0;
  }
  const ArrayFile again = parse_safetensors(serialise_safetensors(file), "again");
  if (again.metadata != file.metadata || again.arrays.size() != file.arrays.size()) std::abort();
  for (std::size_t i = 0; i < file.arrays.size(); ++i) {
    check_size(file.arrays[i].second, "fuzz");
    if (again.find(file.arrays[i].first)->bytes != file.arrays[i].second.bytes) std::abort();
  }
  return 0;
}
