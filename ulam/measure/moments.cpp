#include "ulam/measure/moments.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/base/key.h"

namespace ulam {
namespace {

/// Adds the moments of `rows` to (count, mean [d], scatter [d, d]) in place.
void add(double& count, at::Tensor mean, at::Tensor scatter, const at::Tensor& rows) {
  const auto k = static_cast<double>(rows.size(0));
  if (k == 0) return;
  const at::Tensor centre = rows.mean(0);
  const at::Tensor spread = rows - centre;
  scatter.addmm_(spread.t(), spread);
  const at::Tensor step = centre - mean;
  scatter.addr_(step, step, 1, count * k / (count + k));
  mean.add_(step, k / (count + k));
  count += k;
}

void check_dimension(const SampleSet& set, std::int64_t most, std::string_view place) {
  if (set.dimension() > most)
    fail(ErrorKind::option, place,
         "{} has {} numbers a row, a covariance of at most {} is formed; measure in features of a network",
         set.name(), set.dimension(), most);
}

}  // namespace

std::int64_t Moments::dimension() const { return mean.size(0); }

at::Tensor Moments::covariance() const {
  if (rows < 2) fail(ErrorKind::option, "covariance", "of {} rows; at least 2 are needed", rows);
  return scatter / (rows - 1);
}

Moments merged(const Moments& a, const Moments& b) {
  if (a.rows == 0) return b;
  if (b.rows == 0) return a;
  const double rows = a.rows + b.rows;
  const at::Tensor step = b.mean - a.mean;
  return {rows, a.mean + step * (b.rows / rows),
          (a.scatter + b.scatter).addr_(step, step, 1, a.rows * b.rows / rows)};
}

Moments moments_of_rows(const at::Tensor& rows) {
  if (rows.dim() != 2 || rows.scalar_type() != at::kDouble)
    fail(ErrorKind::shape, "moments", "a block must be [rows, numbers] of doubles");
  const std::int64_t d = rows.size(1);
  Moments out{0, at::zeros({d}, at::kDouble), at::zeros({d, d}, at::kDouble)};
  add(out.rows, out.mean, out.scatter, rows);
  return out;
}

std::int64_t moment_block_rows(std::int64_t dimension) {
  return std::clamp<std::int64_t>((std::int64_t{1} << 22) / std::max<std::int64_t>(dimension, 1), 16, 4096);
}

Moments moments_of(const SampleSet& set) {
  check_rows(set, 1, "moments");
  check_dimension(set, most_moment_dimensions, "moments");
  const std::int64_t d = set.dimension(), block = moment_block_rows(d);
  Moments out{0, at::zeros({d}, at::kDouble), at::zeros({d, d}, at::kDouble)};
  for (std::int64_t first = 0; first < set.size(); first += block)
    add(out.rows, out.mean, out.scatter, flat_rows(set, first, std::min(block, set.size() - first)));
  return out;
}

void deal_rows(std::int64_t first, std::span<std::int64_t> out, std::int64_t groups, std::uint64_t seed) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(groups));
  std::int64_t run = -1;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t row = first + static_cast<std::int64_t>(i);
    if (row / groups != run) {
      run = row / groups;
      std::iota(order.begin(), order.end(), std::int64_t{0});
      const RowKey key{make_key(seed, Stream::resample), static_cast<std::uint64_t>(run), 0x6465616cu};
      for (std::uint32_t j = static_cast<std::uint32_t>(groups) - 1; j > 0; --j)
        std::swap(order[j], order[random_below(key, j, j + 1)]);
    }
    out[i] = order[static_cast<std::size_t>(row % groups)];
  }
}

MomentGroups moment_groups(const SampleSet& set, std::int64_t groups, std::uint64_t seed) {
  check_rows(set, 4, "moments by groups");
  check_dimension(set, most_group_dimensions, "moments by groups");
  if (groups < 2) fail(ErrorKind::option, "moments by groups", "{} groups; at least 2 are needed", groups);
  const std::int64_t n = set.size(), d = set.dimension(), block = moment_block_rows(d);
  const std::int64_t fit = std::max<std::int64_t>((std::int64_t{1} << 24) / (d * d), 8);
  const std::int64_t g = std::min({groups, fit, n / 2});
  MomentGroups out{std::vector<double>(static_cast<std::size_t>(g)), at::zeros({g, d}, at::kDouble),
                   at::zeros({g, d, d}, at::kDouble)};
  std::vector<std::int64_t> group(static_cast<std::size_t>(block));
  for (std::int64_t first = 0; first < n; first += block) {
    const std::int64_t count = std::min(block, n - first);
    const at::Tensor rows = flat_rows(set, first, count);
    group.resize(static_cast<std::size_t>(count));
    deal_rows(first, group, g, seed);
    std::vector<std::vector<std::int64_t>> members(static_cast<std::size_t>(g));
    for (std::int64_t i = 0; i < count; ++i)
      members[static_cast<std::size_t>(group[static_cast<std::size_t>(i)])].push_back(i);
    for (std::int64_t k = 0; k < g; ++k) {
      auto& mine = members[static_cast<std::size_t>(k)];
      if (mine.empty()) continue;
      const at::Tensor index =
          at::from_blob(mine.data(), {static_cast<std::int64_t>(mine.size())}, at::kLong);
      add(out.rows[static_cast<std::size_t>(k)], out.means[k], out.scatters[k], rows.index_select(0, index));
    }
  }
  return out;
}

Moments MomentGroups::weighted(std::span<const double> counts) const {
  if (static_cast<std::int64_t>(counts.size()) != size())
    fail(ErrorKind::shape, "moments by groups", "{} counts for {} groups", counts.size(), size());
  const std::int64_t d = means.size(1);
  at::Tensor times = at::empty({size()}, at::kDouble), weight = at::empty({size()}, at::kDouble);
  Moments out;
  for (std::size_t g = 0; g < rows.size(); ++g) {
    times.data_ptr<double>()[g] = counts[g];
    weight.data_ptr<double>()[g] = counts[g] * rows[g];
    out.rows += counts[g] * rows[g];
  }
  if (out.rows == 0) fail(ErrorKind::option, "moments by groups", "all counts are 0");
  out.mean = at::mv(means.t(), weight) / out.rows;
  const at::Tensor step = means - out.mean;
  out.scatter = at::mv(scatters.view({size(), d * d}).t(), times).view({d, d});
  out.scatter.addmm_((step * weight.unsqueeze(1)).t(), step);
  return out;
}

Moments MomentGroups::all() const { return weighted(std::vector<double>(rows.size(), 1)); }

}  // namespace ulam
