#include "ulam/measure/neighbours.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "ulam/base/error.h"
#include "ulam/base/key.h"
#include "ulam/measure/pairwise.h"
#include "ulam/measure/resample.h"
#include "ulam/measure/wasserstein.h"

namespace ulam {
namespace {

// A row on the edge of a ball is inside although its distance was rounded twice, once for each side.
constexpr double edge = 1 + 1e-9;

using Candidate = std::pair<double, std::int64_t>;  // squared distance, row

/// The nearest rows of each row within its own set, nearest first.
struct Nearest {
  std::int64_t rows = 0, kept = 0;
  std::vector<Candidate> nearest;  // [rows, kept]

  /// Squared distance to the k-th nearest among the rows present.
  double radius(std::int64_t row, std::int64_t k, const std::vector<char>& present) const {
    const Candidate* c = nearest.data() + row * kept;
    for (std::int64_t i = 0; i < kept; ++i)
      if (present[static_cast<std::size_t>(c[i].second)] != 0 && --k == 0) return c[i].first * edge;
    return c[kept - 1].first * edge;  // in one half sample of 10,000 rows
  }
  /// The largest radius that a row can get.
  std::vector<double> reaches() const {
    std::vector<double> out;
    for (std::int64_t row = 0; row < rows; ++row)
      out.push_back(nearest[static_cast<std::size_t>((row + 1) * kept - 1)].first * edge);
    return out;
  }
};

at::Tensor centred_rows(const SampleSet& set, std::int64_t first, const at::Tensor& centre) {
  const std::int64_t block = pair_block_rows(set.dimension());
  return flat_rows(set, first, std::min(block, set.size() - first)) - centre;
}

/// Offers row r of `distances` [m, n], to rows `first` .. of the set, to heaps[r], which keeps the `kept`
/// least.
void offer(std::vector<Candidate>* heaps, std::size_t kept, const at::Tensor& distances, std::int64_t first) {
  const std::int64_t n = distances.size(1);
  at::parallel_for(0, distances.size(0), 64, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      std::vector<Candidate>& heap = heaps[r];
      const double* d = distances.data_ptr<double>() + r * n;
      for (std::int64_t c = 0; c < n; ++c) {
        if (heap.size() == kept && !(d[c] < heap.front().first)) continue;
        if (heap.size() == kept) {
          std::pop_heap(heap.begin(), heap.end());
          heap.pop_back();
        }
        heap.emplace_back(d[c], first + c);
        std::push_heap(heap.begin(), heap.end());
      }
    }
  });
}

Nearest nearest_within(const SampleSet& set, std::int64_t kept, const at::Tensor& centre) {
  const std::int64_t n = set.size(), block = pair_block_rows(set.dimension());
  kept = std::min(kept, n - 1);
  std::vector<std::vector<Candidate>> heaps(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; i += block) {
    const at::Tensor x = centred_rows(set, i, centre);
    for (std::int64_t j = i; j < n; j += block) {
      at::Tensor d = squared_distances(x, i == j ? x : centred_rows(set, j, centre));
      if (i == j) d.fill_diagonal_(std::numeric_limits<double>::infinity());
      offer(heaps.data() + i, static_cast<std::size_t>(kept), d, j);
      if (i != j) offer(heaps.data() + j, static_cast<std::size_t>(kept), d.t().contiguous(), i);
    }
  }
  Nearest out{n, kept, std::vector<Candidate>(static_cast<std::size_t>(n * kept))};
  for (std::int64_t r = 0; r < n; ++r) {
    auto& heap = heaps[static_cast<std::size_t>(r)];
    std::sort_heap(heap.begin(), heap.end());
    std::copy(heap.begin(), heap.end(), out.nearest.begin() + r * kept);
    heap = {};
  }
  return out;
}

/// A sample and a reference row near enough to matter in some half sample.
struct Pair {
  std::int32_t sample, reference;
  double distance;  // squared
};

std::vector<Pair> near_pairs(const SampleSet& a, const SampleSet& b, const Nearest& within_a,
                             const Nearest& within_b, const at::Tensor& centre) {
  const std::int64_t block = pair_block_rows(a.dimension());
  const std::vector<double> reach_a = within_a.reaches(), reach_b = within_b.reaches();
  std::vector<Pair> pairs;
  for (std::int64_t i = 0; i < a.size(); i += block) {
    const at::Tensor x = centred_rows(a, i, centre);
    for (std::int64_t j = 0; j < b.size(); j += block) {
      const at::Tensor d = squared_distances(x, centred_rows(b, j, centre));
      const double* v = d.data_ptr<double>();
      for (std::int64_t r = 0; r < d.size(0); ++r) {
        const double own = reach_a[static_cast<std::size_t>(i + r)];
        const double* other = reach_b.data() + j;
        for (std::int64_t c = 0; c < d.size(1); ++c, ++v)
          if (*v <= own || *v <= other[c])
            pairs.push_back({static_cast<std::int32_t>(i + r), static_cast<std::int32_t>(j + c), *v});
      }
    }
  }
  return pairs;
}

struct Values {
  double precision = 0, recall = 0, density = 0, coverage = 0;
};

class Balls {
 public:
  Balls(const SampleSet& a, const SampleSet& b, const NeighbourOptions& options) : options_(options) {
    const std::int64_t kept = 4 * std::max(options.k, options.density_k) + 8;
    const at::Tensor centre = flat_rows(b, 0, std::min(b.size(), pair_block_rows(b.dimension()))).mean(0);
    a_ = nearest_within(a, kept, centre);
    b_ = nearest_within(b, kept, centre);
    pairs_ = near_pairs(a, b, a_, b_, centre);
  }

  /// The four shares among the rows present.
  Values values(const std::vector<char>& in_a, const std::vector<char>& in_b) const {
    const std::vector<double> ra = radii(a_, options_.k, in_a), rb = radii(b_, options_.k, in_b),
                              rd = radii(b_, options_.density_k, in_b);
    std::vector<char> inside_b(in_a.size()), inside_a(in_b.size()), covered(in_b.size());
    double crowd = 0;
    for (const Pair& pair : pairs_) {
      const auto i = static_cast<std::size_t>(pair.sample), j = static_cast<std::size_t>(pair.reference);
      if (in_a[i] == 0 || in_b[j] == 0) continue;
      if (pair.distance <= rb[j]) inside_b[i] = 1;
      if (pair.distance <= ra[i]) inside_a[j] = 1;
      if (pair.distance <= rd[j]) {
        covered[j] = 1;
        ++crowd;
      }
    }
    const auto count = [](const std::vector<char>& flags) {
      return static_cast<double>(std::count(flags.begin(), flags.end(), 1));
    };
    const double n = count(in_a), m = count(in_b);
    return {count(inside_b) / n, count(inside_a) / m, crowd / (static_cast<double>(options_.density_k) * n),
            count(covered) / m};
  }

 private:
  static std::vector<double> radii(const Nearest& within, std::int64_t k, const std::vector<char>& present) {
    std::vector<double> out(present.size());
    for (std::size_t i = 0; i < present.size(); ++i)
      if (present[i] != 0) out[i] = within.radius(static_cast<std::int64_t>(i), k, present);
    return out;
  }

  NeighbourOptions options_;
  Nearest a_, b_;
  std::vector<Pair> pairs_;
};

std::vector<char> half_of(std::int64_t n, std::uint64_t seed) {
  std::vector<char> present(static_cast<std::size_t>(n));
  for (const std::int64_t row : keyed_subset(n, n / 2, seed)) present[static_cast<std::size_t>(row)] = 1;
  return present;
}

}  // namespace

NeighbourFigures neighbour_figures(const SampleSet& samples, const SampleSet& reference,
                                   const NeighbourOptions& options) {
  for (const std::int64_t k : {options.k, options.density_k})
    if (k < 1 || k > 1000) fail(ErrorKind::option, "neighbours", "k = {}; 1 to 1000 are valid", k);
  if (options.replicates != 0 && options.replicates < 2)
    fail(ErrorKind::option, "replicates", "{}; 0 (no error) or at least 2 are valid", options.replicates);
  check_comparable(samples, reference, 2 * std::max(options.k, options.density_k) + 2, "neighbours");
  const std::int64_t n = samples.size(), m = reference.size();
  for (const std::int64_t rows : {n, m})
    if (rows > std::numeric_limits<std::int32_t>::max())
      fail(ErrorKind::option, "neighbours", "{} rows; at most 2^31 - 1 are possible", rows);
  const Balls balls(samples, reference, options);
  const Values value = balls.values(std::vector<char>(static_cast<std::size_t>(n), 1),
                                    std::vector<char>(static_cast<std::size_t>(m), 1));
  std::vector<double> halves[4];
  for (int r = 0; r < options.replicates; ++r) {
    // A subset is a function of (size, seed): every replicate and side takes its own seed.
    const std::uint64_t seed = child_id(options.seed, 0x68616c66u, static_cast<std::uint32_t>(r) + 1);
    const Values v = balls.values(half_of(n, seed), half_of(m, seed + 1));
    halves[0].push_back(v.precision);
    halves[1].push_back(v.recall);
    halves[2].push_back(v.density);
    halves[3].push_back(v.coverage);
  }
  const auto figure = [&](const char* name, double worth, const std::vector<double>& half, std::string note) {
    Figure out;
    out.name = name;
    out.value = worth;
    out.rows = std::min(n, m);
    out.note = std::move(note);
    if (options.replicates > 0) {
      out.error = mean_of(half).error * std::sqrt(static_cast<double>(half.size()));
      out.error_by = fmt::format("{} half samples", options.replicates);
    }
    return out;
  };
  const std::string note = fmt::format("k = {}, compare equal sizes only", options.k),
                    density = fmt::format("k = {}, compare equal sizes only", options.density_k);
  return {figure("precision", value.precision, halves[0], note),
          figure("recall", value.recall, halves[1], note),
          figure("density", value.density, halves[2], density),
          figure("coverage", value.coverage, halves[3], density)};
}

}  // namespace ulam
