#pragma once
// The standard error of a share.
#include <cstdint>

namespace ulam {

/// Standard deviation of Beta(right + 1/2, all - right + 1/2), the binomial error under Jeffreys' prior:
/// sqrt(p (1 - p) / n) for many rows, and not 0 when all or none are right. 0 <= right <= all, else
/// Error(option). Source: Brown, Cai & DasGupta 2001, Statist. Sci. 16.
double binomial_error(std::int64_t right, std::int64_t all);

}  // namespace ulam
