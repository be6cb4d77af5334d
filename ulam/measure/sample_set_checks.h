#pragma once
// Checks that every kind of sample set makes.
#include <cstdint>
#include <string>

#include "ulam/measure/sample_set.h"

namespace ulam::sample_set_detail {

/// Throws Error(shape) unless rows first .. first + count - 1 exist.
void check_range(const SampleSet& set, std::int64_t first, std::int64_t count);
/// Throws Error(numeric) naming the set and the first row (counted from `first`) that holds NaN or infinity.
void check_finite(const at::Tensor& rows, std::int64_t first, const std::string& name);

}  // namespace ulam::sample_set_detail
