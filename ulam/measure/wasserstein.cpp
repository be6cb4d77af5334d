#include "ulam/measure/wasserstein.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "ulam/base/error.h"
#include "ulam/base/key.h"
#include "ulam/kernels/normal.h"
#include "ulam/measure/assignment.h"
#include "ulam/measure/moments.h"
#include "ulam/measure/resample.h"

namespace ulam {
namespace {

constexpr const char* floor_note =
    "above 0 even for equal distributions; compare with real rows against real rows at this size";
// Rows of random numbers beyond those of the bootstrap, which has id 0.
constexpr std::uint64_t direction_ids = std::uint64_t{1} << 32, subset_id = 1;

double power(double x, int p) { return p == 1 ? std::abs(x) : x * x; }

/// Numbers in increasing order, each with the row it came from.
struct Sorted {
  std::vector<double> values;
  std::vector<std::int32_t> rows;
};

Sorted sorted(const double* first, std::int64_t n, std::int64_t stride) {
  std::vector<std::pair<double, std::int32_t>> pairs(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i)
    pairs[static_cast<std::size_t>(i)] = {first[i * stride], static_cast<std::int32_t>(i)};
  std::sort(pairs.begin(), pairs.end());
  Sorted out;
  for (const auto& [value, row] : pairs) {
    out.values.push_back(value);
    out.rows.push_back(row);
  }
  return out;
}

/// Sum of |x - y|^p over the quantile coupling; the weights are whole numbers and both lists have one sum.
template <typename WeightA, typename WeightB>
double coupled_sum(const std::vector<double>& a, const std::vector<double>& b, const WeightA& weight_a,
                   const WeightB& weight_b, int p) {
  double sum = 0;
  std::size_t i = 0, j = 0;
  std::int64_t left_a = weight_a(0), left_b = weight_b(0);
  for (;;) {
    while (left_a == 0 && ++i < a.size()) left_a = weight_a(i);
    while (left_b == 0 && ++j < b.size()) left_b = weight_b(j);
    if (i >= a.size() || j >= b.size()) return sum;
    const std::int64_t step = std::min(left_a, left_b);
    sum += static_cast<double>(step) * power(a[i] - b[j], p);
    left_a -= step;
    left_b -= step;
  }
}

/// W_p^p with every row of a and b taken counts times.
double merged_cost(const Sorted& a, const Sorted& b, const std::vector<std::uint16_t>& counts_a,
                   const std::vector<std::uint16_t>& counts_b) {
  const auto na = static_cast<std::int64_t>(a.values.size()), nb = static_cast<std::int64_t>(b.values.size());
  const auto of = [](const Sorted& s, const std::vector<std::uint16_t>& counts, std::int64_t each) {
    return [&s, &counts, each](std::size_t i) { return counts[static_cast<std::size_t>(s.rows[i])] * each; };
  };
  return coupled_sum(a.values, b.values, of(a, counts_a, nb), of(b, counts_b, na), 2) /
         (static_cast<double>(na) * static_cast<double>(nb));
}

double plain_cost(const std::vector<double>& a, const std::vector<double>& b, int p) {
  const auto na = static_cast<std::int64_t>(a.size()), nb = static_cast<std::int64_t>(b.size());
  return coupled_sum(
             a, b, [nb](std::size_t) { return nb; }, [na](std::size_t) { return na; }, p) /
         (static_cast<double>(na) * static_cast<double>(nb));
}

/// Unit vectors as the columns of [dimension, count].
at::Tensor directions_of(std::int64_t dimension, int first, int count, std::uint64_t seed) {
  at::Tensor out = at::empty({count, dimension}, at::kDouble);
  const Key key = make_key(seed, Stream::resample);
  for (int l = 0; l < count; ++l)
    kernels::fill_normal(
        {key, direction_ids + static_cast<std::uint64_t>(first + l), 0}, 0,
        std::span<double>(out.data_ptr<double>() + l * dimension, static_cast<std::size_t>(dimension)));
  return (out / out.norm(2, 1, true).clamp_min(1e-300)).t().contiguous();
}

/// [rows, directions].
at::Tensor projections(const SampleSet& set, const at::Tensor& directions) {
  at::Tensor out = at::empty({set.size(), directions.size(1)}, at::kDouble);
  const std::int64_t step = moment_block_rows(set.dimension());
  for (std::int64_t first = 0; first < set.size(); first += step) {
    const std::int64_t count = std::min(step, set.size() - first);
    out.narrow(0, first, count).copy_(at::matmul(flat_rows(set, first, count), directions));
  }
  return out;
}

std::vector<std::vector<std::uint16_t>> resamples(std::int64_t n, int replicates, std::uint64_t seed,
                                                  std::uint32_t first) {
  std::vector<std::vector<std::uint16_t>> out;
  for (int r = 0; r < replicates; ++r) {
    const std::vector<double> counts = bootstrap_counts(n, seed, first + static_cast<std::uint32_t>(r));
    out.emplace_back(counts.begin(), counts.end());
  }
  return out;
}

at::Tensor chosen_rows(const SampleSet& set, std::int64_t most, std::uint64_t seed) {
  if (set.size() <= most) return flat_rows(set, 0, set.size());
  std::vector<at::Tensor> rows;
  for (const std::int64_t row : keyed_subset(set.size(), most, seed)) rows.push_back(flat_rows(set, row, 1));
  return at::cat(rows);
}

double variance_of_mean(const std::vector<double>& values) {
  const double error = mean_of(values).error;
  return error * error;
}

}  // namespace

double wasserstein_1d(std::span<const double> a, std::span<const double> b, int p) {
  if (p != 1 && p != 2) fail(ErrorKind::option, "wasserstein", "order {}; 1 and 2 are valid", p);
  if (a.empty() || b.empty()) fail(ErrorKind::option, "wasserstein", "a set is empty");
  std::vector<double> x(a.begin(), a.end()), y(b.begin(), b.end());
  for (const auto* list : {&x, &y})
    for (const double v : *list)
      if (!std::isfinite(v)) fail(ErrorKind::numeric, "wasserstein", "a number is {}", v);
  std::sort(x.begin(), x.end());
  std::sort(y.begin(), y.end());
  const double cost = plain_cost(x, y, p);
  return p == 1 ? cost : std::sqrt(cost);
}

std::vector<std::int64_t> keyed_subset(std::int64_t n, std::int64_t k, std::uint64_t seed) {
  if (n < 0 || n > 0xffffffffll || k < 0 || k > n)
    fail(ErrorKind::option, "subset", "{} of {} rows; at most all of fewer than 2^32 can be taken", k, n);
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  const RowKey key{make_key(seed, Stream::resample), subset_id, 0};
  for (std::int64_t i = 0; i < k; ++i) {
    const auto at = i + random_below(key, static_cast<std::uint64_t>(i), static_cast<std::uint32_t>(n - i));
    std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(at)]);
  }
  order.resize(static_cast<std::size_t>(k));
  std::sort(order.begin(), order.end());
  return order;
}

Figure sliced_wasserstein(const SampleSet& a, const SampleSet& b, const SlicedOptions& options) {
  constexpr const char* place = "sliced";
  check_comparable(a, b, 2, place);
  if (options.directions < 2 || options.replicates < 2)
    fail(ErrorKind::option, place, "{} directions and {} replicates; at least 2 of each are needed",
         options.directions, options.replicates);
  const auto counts_a = resamples(a.size(), options.replicates, options.seed, 0);
  const auto counts_b =
      resamples(b.size(), options.replicates, options.seed, static_cast<std::uint32_t>(options.replicates));
  // All directions at once for small sets, 16 at a time for large ones.
  const auto group = static_cast<int>(
      std::clamp<std::int64_t>((std::int64_t{1} << 23) / (a.size() + b.size()), 16, options.directions));
  std::vector<double> costs(static_cast<std::size_t>(options.directions));
  std::vector<double> again(static_cast<std::size_t>(options.directions) * counts_a.size());
  for (int first = 0; first < options.directions; first += group) {
    const int count = std::min(group, options.directions - first);
    const at::Tensor directions = directions_of(a.dimension(), first, count, options.seed);
    const at::Tensor pa = projections(a, directions), pb = projections(b, directions);
    at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t l = begin; l < end; ++l) {
        if (options.watch.cancelled()) return;
        const Sorted x = sorted(pa.data_ptr<double>() + l, a.size(), count);
        const Sorted y = sorted(pb.data_ptr<double>() + l, b.size(), count);
        const auto d = static_cast<std::size_t>(first + l);
        costs[d] = plain_cost(x.values, y.values, 2);
        for (std::size_t r = 0; r < counts_a.size(); ++r)
          again[d * counts_a.size() + r] = merged_cost(x, y, counts_a[r], counts_b[r]);
      }
    });
    if (options.watch.cancelled())
      fail(ErrorKind::cancelled, place, "cancelled after {} of {} directions", first, options.directions);
    options.watch.report({place, first + count, options.directions, "directions", ""});
  }
  std::vector<double> replicates(counts_a.size());
  for (std::size_t i = 0; i < again.size(); ++i)
    replicates[i % replicates.size()] += again[i] / static_cast<double>(options.directions);
  const Mean mean = mean_of(costs);
  const double rows = variance_of_mean(replicates) * static_cast<double>(replicates.size());
  Figure f;
  f.name = "sliced";
  f.value = std::sqrt(mean.value);
  f.error = f.value > 0 ? std::sqrt(rows + mean.error * mean.error) / (2 * f.value) : 0;
  f.error_by =
      fmt::format("bootstrap of {}, scatter of {} directions", options.replicates, options.directions);
  f.rows = std::min(a.size(), b.size());
  f.note = floor_note;
  return f;
}

Figure exact_wasserstein(const SampleSet& a, const SampleSet& b, const ExactOptions& options) {
  if (options.p != 1 && options.p != 2)
    fail(ErrorKind::option, "wasserstein", "order {}; 1 and 2 are valid", options.p);
  const char* place = options.p == 1 ? "w1" : "w2";
  check_comparable(a, b, 2, place);
  const std::int64_t most = options.subset > 0 ? options.subset : transport_limit;
  if (most < 2 || most > transport_limit)
    fail(ErrorKind::option, place, "subset {}; 2 to {} rows are valid", most, transport_limit);
  const std::int64_t larger = std::max(a.size(), b.size());
  if (options.subset == 0 && larger > transport_limit)
    fail(ErrorKind::option, place,
         "{} rows are too many for exact transport (at most {}); ask for a subset, {}:subset={}, or for "
         "sliced",
         larger, transport_limit, place, transport_limit);
  const at::Tensor x = chosen_rows(a, most, options.seed), y = chosen_rows(b, most, options.seed);
  // Mode 2: differences, not inner products, so that equal rows are at distance 0.
  at::Tensor costs = at::cdist(x, y, 2, 2);
  if (options.p == 2) costs = costs.square();
  const std::vector<double> list(costs.data_ptr<double>(), costs.data_ptr<double>() + costs.numel());
  const Transport plan = solve_transport(list, x.size(0), y.size(0));
  const double error = std::sqrt(variance_of_mean(plan.first) + variance_of_mean(plan.second));
  Figure f;
  f.name = place;
  f.value = options.p == 1 ? plan.cost : std::sqrt(plan.cost);
  f.error = options.p == 1 ? error : f.value > 0 ? error / (2 * f.value) : 0;
  f.error_by = "variance of the potentials";
  f.rows = std::min(x.size(0), y.size(0));
  f.note = floor_note;
  if (larger > most) f.note = fmt::format("of {} rows a side at most; {}", most, f.note);
  return f;
}

}  // namespace ulam
