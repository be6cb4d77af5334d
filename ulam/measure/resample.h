#pragma once
// Standard errors by resampling, keyed: the same data and seed give the same error.
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace ulam {

/// Standard deviation of `statistic` over `replicates` bootstrap resamples of n units: it gets how often each
/// unit was taken (n counts that sum to n). Cost: that many calls. Source: Efron 1979.
double bootstrap_error(std::int64_t n, int replicates, std::uint64_t seed,
                       const std::function<double(std::span<const double>)>& statistic);
/// Counts of one resample: n units drawn n times with replacement, a pure function of (seed, replicate).
std::vector<double> bootstrap_counts(std::int64_t n, std::uint64_t seed, std::uint32_t replicate);

/// Mean and its standard error. n >= 2, else Error(option).
struct Mean {
  double value = 0, error = 0;
};
Mean mean_of(std::span<const double> values);

}  // namespace ulam
