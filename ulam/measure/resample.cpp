#include "ulam/measure/resample.h"

#include <cmath>

#include "ulam/base/error.h"
#include "ulam/base/key.h"

namespace ulam {

std::vector<double> bootstrap_counts(std::int64_t n, std::uint64_t seed, std::uint32_t replicate) {
  if (n < 1 || n > 0xffffffffll) fail(ErrorKind::option, "bootstrap", "{} units; 1 to 2^32 - 1 are valid", n);
  std::vector<double> counts(static_cast<std::size_t>(n));
  const RowKey key{make_key(seed, Stream::resample), 0, replicate};
  for (std::int64_t i = 0; i < n; ++i)
    ++counts[random_below(key, static_cast<std::uint64_t>(i), static_cast<std::uint32_t>(n))];
  return counts;
}

double bootstrap_error(std::int64_t n, int replicates, std::uint64_t seed,
                       const std::function<double(std::span<const double>)>& statistic) {
  if (replicates < 2)
    fail(ErrorKind::option, "bootstrap", "{} replicates; at least 2 are needed", replicates);
  std::vector<double> values;
  for (int r = 0; r < replicates; ++r)
    values.push_back(statistic(bootstrap_counts(n, seed, static_cast<std::uint32_t>(r))));
  return mean_of(values).error * std::sqrt(static_cast<double>(values.size()));
}

Mean mean_of(std::span<const double> values) {
  const double n = static_cast<double>(values.size());
  if (n < 2) fail(ErrorKind::option, "mean", "{} values; a standard error needs at least 2", values.size());
  double sum = 0, squares = 0;
  for (const double v : values) sum += v;
  for (const double v : values) squares += (v - sum / n) * (v - sum / n);
  return {sum / n, std::sqrt(squares / (n - 1) / n)};
}

}  // namespace ulam
