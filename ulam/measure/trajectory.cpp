#include "ulam/measure/trajectory.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/measure/moments.h"
#include "ulam/measure/resample.h"

namespace ulam {
namespace {

constexpr const char* trajectory_place = "trajectory";

/// Row of the reference for every row of the samples.
std::vector<std::int64_t> partners(const SampleSet& samples, const SampleSet& reference,
                                   std::span<const std::int64_t> ids,
                                   std::span<const std::int64_t> reference_ids) {
  if (static_cast<std::int64_t>(ids.size()) != samples.size() ||
      static_cast<std::int64_t>(reference_ids.size()) != reference.size())
    fail(ErrorKind::shape, trajectory_place, "{} and {} ids for {} and {} rows", ids.size(),
         reference_ids.size(), samples.size(), reference.size());
  std::unordered_map<std::int64_t, std::int64_t> row_of;
  for (std::size_t r = 0; r < reference_ids.size(); ++r)
    if (!row_of.emplace(reference_ids[r], static_cast<std::int64_t>(r)).second)
      fail(ErrorKind::option, trajectory_place, "id {} stands twice in {}", reference_ids[r],
           reference.name());
  std::vector<std::int64_t> out;
  for (const std::int64_t id : ids) {
    const auto found = row_of.find(id);
    if (found == row_of.end())
      fail(ErrorKind::option, trajectory_place, "sample {} of {} is not in the reference {}", id,
           samples.name(), reference.name());
    out.push_back(found->second);
  }
  return out;
}

/// Rows `wanted` of a set; in one block where they follow one another.
at::Tensor rows_of(const SampleSet& set, std::span<const std::int64_t> wanted) {
  const auto count = static_cast<std::int64_t>(wanted.size());
  bool run = true;
  for (std::size_t i = 1; i < wanted.size(); ++i) run = run && wanted[i] == wanted[i - 1] + 1;
  if (run) return flat_rows(set, wanted[0], count);
  std::vector<at::Tensor> rows;
  for (const std::int64_t row : wanted) rows.push_back(flat_rows(set, row, 1));
  return at::cat(rows);
}

}  // namespace

Figure trajectory_error(const SampleSet& samples, const SampleSet& reference,
                        std::span<const std::int64_t> ids, std::span<const std::int64_t> reference_ids) {
  check_comparable(samples, reference, 2, trajectory_place);
  std::vector<std::int64_t> partner;
  if (ids.empty() && reference_ids.empty()) {
    if (samples.size() != reference.size())
      fail(ErrorKind::shape, trajectory_place, "{} has {} rows, {} has {}; without ids they pair by position",
           samples.name(), samples.size(), reference.name(), reference.size());
    for (std::int64_t i = 0; i < samples.size(); ++i) partner.push_back(i);
  } else {
    partner = partners(samples, reference, ids, reference_ids);
  }
  std::vector<double> squares;
  const std::int64_t step = moment_block_rows(samples.dimension());
  for (std::int64_t first = 0; first < samples.size(); first += step) {
    const std::int64_t count = std::min(step, samples.size() - first);
    const std::span<const std::int64_t> wanted(partner.data() + first, static_cast<std::size_t>(count));
    const at::Tensor mean =
        (flat_rows(samples, first, count) - rows_of(reference, wanted)).square().mean(1).contiguous();
    squares.insert(squares.end(), mean.data_ptr<double>(), mean.data_ptr<double>() + count);
  }
  const Mean mean = mean_of(squares);
  Figure f;
  f.name = trajectory_place;
  f.value = std::sqrt(mean.value);
  f.error = f.value > 0 ? mean.error / (2 * f.value) : 0;
  f.error_by = "scatter over rows";
  f.rows = samples.size();
  f.note = "root mean square a number, rows paired by noise; 0 = converged to the reference";
  return f;
}

}  // namespace ulam
