#include "ulam/measure/mmd.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "ulam/base/error.h"
#include "ulam/base/key.h"
#include "ulam/measure/moments.h"
#include "ulam/measure/pairwise.h"
#include "ulam/measure/resample.h"
#include "ulam/measure/wasserstein.h"

namespace ulam {
namespace {

/// Some rows of one side: whole runs of its units, ordered by unit within a run, or (runs = 0) the rows left
/// over.
struct Block {
  int side = 0;
  std::int64_t first = 0, count = 0, runs = 0;
};

/// Sums of the kernel over all pairs of different rows.
struct Sums {
  at::Tensor rows[2];  // [n, 2]: of a row against each side
  at::Tensor units;    // [U, U]: of the units of a and then of b
};

class Pairs {
 public:
  Pairs(const SampleSet& a, const SampleSet& b, const MmdOptions& options, double bandwidth)
      : sides_{&a, &b}, options_(options), bandwidth_(bandwidth), d_(a.dimension()) {
    const std::int64_t fewest = std::min(a.size(), b.size()), all = a.size() + b.size();
    unit_rows_ = std::max<std::int64_t>({1, (fewest + 63) / 64, (all + 2047) / 2048});
    centre_ = flat_rows(a, 0, std::min(a.size(), pair_block_rows(d_))).mean(0);
    for (int side = 0; side < 2; ++side) {
      units_[side] = sides_[side]->size() / unit_rows_;
      const std::int64_t runs = std::max<std::int64_t>(1, pair_block_rows(d_) / units_[side]);
      for (std::int64_t run = 0; run < unit_rows_; run += runs) {
        const std::int64_t now = std::min(runs, unit_rows_ - run);
        blocks_.push_back({side, run * units_[side], now * units_[side], now});
      }
      const std::int64_t done = unit_rows_ * units_[side];
      if (done < sides_[side]->size()) blocks_.push_back({side, done, sides_[side]->size() - done, 0});
    }
  }

  std::int64_t units(int side) const { return units_[side]; }
  std::int64_t unit_rows() const { return unit_rows_; }

  Sums sums() const {
    Sums out;
    for (int side = 0; side < 2; ++side) out.rows[side] = at::zeros({sides_[side]->size(), 2}, at::kDouble);
    out.units = at::zeros({units_[0] + units_[1], units_[0] + units_[1]}, at::kDouble);
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      const at::Tensor x = rows_of(blocks_[i]);
      for (std::size_t j = i; j < blocks_.size(); ++j) {
        at::Tensor k = kernel(x, i == j ? x : rows_of(blocks_[j]));
        if (i == j) k.fill_diagonal_(0);
        add(out, blocks_[i], blocks_[j], k, i != j);
      }
    }
    return out;
  }

 private:
  at::Tensor rows_of(const Block& block) const {
    at::Tensor rows = flat_rows(*sides_[block.side], block.first, block.count);
    if (block.runs > 0) {
      const std::int64_t units = units_[block.side];
      std::vector<std::int64_t> unit(static_cast<std::size_t>(block.count));
      deal_rows(block.first, unit, units, options_.seed + static_cast<std::uint64_t>(block.side));
      at::Tensor place = at::empty({block.count}, at::kLong);
      for (std::int64_t i = 0; i < block.count; ++i)
        place.data_ptr<std::int64_t>()[i / units * units + unit[static_cast<std::size_t>(i)]] = i;
      rows = rows.index_select(0, place);
    }
    return options_.kernel == MmdKernel::gaussian ? rows - centre_ : rows;
  }

  at::Tensor kernel(const at::Tensor& x, const at::Tensor& y) const {
    if (options_.kernel == MmdKernel::gaussian)
      return squared_distances(x, y).mul_(-.5 / (bandwidth_ * bandwidth_)).exp_();
    at::Tensor k = at::mm(x, y.t());
    double* v = k.data_ptr<double>();
    const double scale = 1 / static_cast<double>(d_);
    at::parallel_for(0, k.numel(), 1 << 16, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const double base = v[i] * scale + 1;
        v[i] = base * base * base;
      }
    });
    return k;
  }

  // The order of rows inside a block is of no matter to the jackknife, only that each row has its own sum.
  void add(Sums& out, const Block& a, const Block& b, const at::Tensor& k, bool both) const {
    out.rows[a.side].narrow(0, a.first, a.count).select(1, b.side).add_(k.sum(1));
    if (both) out.rows[b.side].narrow(0, b.first, b.count).select(1, a.side).add_(k.sum(0));
    if (a.runs == 0 || b.runs == 0) return;
    const std::int64_t ua = units_[a.side], ub = units_[b.side];
    const at::Tensor sums = k.view({a.runs, ua * b.count}).sum(0).view({ua, b.runs, ub}).sum(1);
    const std::int64_t at_a = a.side * units_[0], at_b = b.side * units_[0];
    out.units.narrow(0, at_a, ua).narrow(1, at_b, ub).add_(sums);
    if (both) out.units.narrow(0, at_b, ub).narrow(1, at_a, ua).add_(sums.t());
  }

  const SampleSet* sides_[2];
  const MmdOptions& options_;
  double bandwidth_;
  std::int64_t d_, unit_rows_ = 1, units_[2] = {0, 0};
  at::Tensor centre_;
  std::vector<Block> blocks_;
};

/// The estimate of sums over n rows against n, m against m and n against m.
double unbiased(double aa, double bb, double ab, double n, double m) {
  return aa / (n * (n - 1)) + bb / (m * (m - 1)) - 2 * ab / (n * m);
}

/// Variance that the rows of one side bring in: `own` and `other` are the sums of its rows, n and m the
/// sizes.
double jackknife(const at::Tensor& sums, int side, double other_own, double m) {
  const at::Tensor own = sums.select(1, side), other = sums.select(1, 1 - side);
  const auto n = static_cast<double>(own.size(0));
  const at::Tensor without = (own.sum() - 2 * own) / ((n - 1) * (n - 2)) + other_own / (m * (m - 1)) -
                             2 * (other.sum() - other) / ((n - 1) * m);
  return (n - 1) / n * (without - without.mean()).square().sum().item<double>();
}

double median_distance(const SampleSet& a, const SampleSet& b, std::uint64_t seed) {
  std::vector<at::Tensor> rows;
  for (const SampleSet* set : {&a, &b})
    for (const std::int64_t row : keyed_subset(set->size(), std::min<std::int64_t>(set->size(), 500), seed))
      rows.push_back(flat_rows(*set, row, 1));
  const at::Tensor x = at::cat(rows), centred = x - x.mean(0);
  const at::Tensor distances = squared_distances(centred, centred).triu(1).reshape({-1});
  const at::Tensor apart = distances.masked_select(distances.gt(0));
  return apart.numel() == 0 ? 1 : std::sqrt(apart.median().item<double>());
}

/// Share of relabellings of the units whose estimate is at least that of the labels as they are.
Figure permutation_test(const Pairs& pairs, const at::Tensor& sums, const MmdOptions& options) {
  const std::int64_t ua = pairs.units(0), ub = pairs.units(1), u = ua + ub;
  at::Tensor chosen = at::zeros({options.permutations + 1, u}, at::kDouble);
  chosen[0].narrow(0, 0, ua).fill_(1);
  std::vector<std::int64_t> order(static_cast<std::size_t>(u));
  for (int p = 1; p <= options.permutations; ++p) {
    std::iota(order.begin(), order.end(), std::int64_t{0});
    const RowKey key{make_key(options.seed, Stream::resample), static_cast<std::uint64_t>(p), 0x7065726du};
    double* row = chosen.data_ptr<double>() + p * u;
    for (std::int64_t i = 0; i < ua; ++i) {
      const auto at = static_cast<std::size_t>(i);
      std::swap(order[at], order[at + random_below(key, at, static_cast<std::uint32_t>(u - i))]);
      row[order[at]] = 1;
    }
  }
  const at::Tensor reach = at::mm(chosen, sums), aa = (reach * chosen).sum(1), half = reach.sum(1);
  const double total = sums.sum().item<double>(), scale = total / static_cast<double>(u * u);
  const auto m = static_cast<double>(pairs.unit_rows());
  const double n_a = m * static_cast<double>(ua), n_b = m * static_cast<double>(ub);
  std::vector<double> values;
  for (std::int64_t p = 0; p <= options.permutations; ++p) {
    const double in = aa.data_ptr<double>()[p], touched = half.data_ptr<double>()[p];
    values.push_back(unbiased(in, total - 2 * touched + in, touched - in, n_a, n_b));
  }
  const double rounding = 1e-12 * std::abs(scale) / (m * m);
  const auto above = std::count_if(values.begin() + 1, values.end(),
                                   [&](double v) { return v >= values.front() - rounding; });
  Figure figure;
  const double all = options.permutations;
  figure.value = (1 + static_cast<double>(above)) / (1 + all);
  figure.error = std::sqrt(figure.value * (1 - figure.value) / all);
  figure.error_by = "binomial";
  figure.note =
      fmt::format("chance of a distance this large between equal laws, {} permutations of {} groups",
                  options.permutations, u);
  return figure;
}

}  // namespace

MmdResult kernel_mmd(const SampleSet& a, const SampleSet& b, const MmdOptions& options) {
  const bool gaussian = options.kernel == MmdKernel::gaussian;
  const std::string name = gaussian ? "mmd" : "kid";
  check_comparable(a, b, 4, name);
  if (!(options.bandwidth >= 0) || !std::isfinite(options.bandwidth))
    fail(ErrorKind::option, "bandwidth", "{}; a positive number, or 0 for the median distance, is valid",
         options.bandwidth);
  if (options.permutations < 0 || options.permutations > 1000000)
    fail(ErrorKind::option, "permutations", "{}; 0 to 1000000 are valid", options.permutations);
  MmdResult result;
  if (gaussian)
    result.bandwidth = options.bandwidth > 0 ? options.bandwidth : median_distance(a, b, options.seed);
  const Pairs pairs(a, b, options, result.bandwidth);
  const Sums sums = pairs.sums();
  const auto n = static_cast<double>(a.size()), m = static_cast<double>(b.size());
  const double aa = sums.rows[0].select(1, 0).sum().item<double>(),
               ab = sums.rows[0].select(1, 1).sum().item<double>(),
               bb = sums.rows[1].select(1, 1).sum().item<double>();
  result.distance.name = name;
  result.distance.value = unbiased(aa, bb, ab, n, m);
  if (!std::isfinite(result.distance.value))
    fail(ErrorKind::numeric, name, "the kernel overflows: the numbers of {} and {} are too large", a.name(),
         b.name());
  result.distance.error = std::sqrt(jackknife(sums.rows[0], 0, bb, m) + jackknife(sums.rows[1], 1, aa, n));
  result.distance.error_by = "jackknife over rows";
  result.distance.rows = std::min(a.size(), b.size());
  result.distance.note = "unbiased: 0 in the mean for equal laws, may be negative";
  if (gaussian)
    result.distance.note += fmt::format("; Gaussian kernel of bandwidth {:.4g}", result.bandwidth);
  if (options.permutations > 0) {
    result.p_value = permutation_test(pairs, sums.units, options);
    result.p_value.rows = result.distance.rows;
  }
  result.p_value.name = name + " p";
  return result;
}

}  // namespace ulam
