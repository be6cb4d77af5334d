// Feeds bytes to the npy and the npz reader: they must accept or throw ulam::Error, and what they accept must
// survive a round trip. The cap keeps honest but large archives from looking like leaks.
#include <cstdlib>

#include "ulam/base/error.h"
#include "ulam/io/npy.h"
#include "ulam/io/npz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ulam::io;
  const ByteView bytes = std::as_bytes(std::span(data, size));
  try {
    const Array a = parse_npy(bytes, "fuzz");
    const Array again = parse_npy(serialise_npy(a), "again");
    if (again.shape != a.shape || again.bytes != a.bytes) std::abort();
  } catch (const ulam::Error&) {
  }
  try {
    const ArrayFile file = parse_npz(bytes, "fuzz", 1 << 24);
    const ArrayFile again = parse_npz(serialise_npz(file), "again");
    if (again.metadata != file.metadata || again.arrays.size() != file.arrays.size()) std::abort();
  } catch (const ulam::Error& error) {
    // Names need not be UTF-8 to be read, but do to be written.
    if (error.kind() != ulam::ErrorKind::file && error.kind() != ulam::ErrorKind::option) std::abort();
  }
  return 0;
}
