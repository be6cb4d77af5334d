#pragma once
// Checks that what is written is what is read, in memory: no file is touched.
#include <functional>
#include <string>
#include <vector>

#include "ulam/io/array.h"
#include "ulam/run/check.h"

namespace ulam {

/// A format with arrays that it can hold, and the way out and back. Replaceable, so that a test can show that
/// a broken one is caught.
struct RoundTrip {
  std::string name;
  std::vector<io::Array> arrays;
  std::function<io::Array(const io::Array&)> there_and_back;
};
/// npy, npz, safetensors (all dtypes, NaN, infinities, -0, subnormals, empty, scalar), png (gray, RGB), json
/// (doubles).
std::vector<RoundTrip> shipped_formats();

/// Adds "io/FORMAT": arrays whose dtype, shape or bytes come back changed, bound 0. Takes milliseconds.
void check_io(Checklist& list, const std::vector<RoundTrip>& formats = shipped_formats());

}  // namespace ulam
