#include "ulam/measure/diversity.h"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/measure/moments.h"
#include "ulam/measure/resample.h"

namespace ulam {
namespace {

/// The rows of another set divided by their lengths, flat.
class UnitRows final : public SampleSet {
 public:
  explicit UnitRows(const SampleSet& set) : set_(set), shape_{set.dimension()} {}
  std::int64_t size() const override { return set_.size(); }
  const std::vector<std::int64_t>& shape() const override { return shape_; }
  at::Tensor block(std::int64_t first, std::int64_t count) const override {
    const at::Tensor rows = flat_rows(set_, first, count);
    // Scaled by the largest number first, so that no square under- or overflows.
    const at::Tensor peak = rows.abs().amax(1, true);
    const at::Tensor zero = peak.eq(0).reshape({-1}).nonzero();
    if (zero.size(0) > 0)
      fail(ErrorKind::numeric, name(), "row {} is all zeros and has no direction",
           first + zero[0][0].item<std::int64_t>());
    const at::Tensor scaled = rows / peak;
    return scaled / scaled.norm(2, {1}, true);
  }
  const std::string& name() const override { return set_.name(); }

 private:
  const SampleSet& set_;
  std::vector<std::int64_t> shape_;
};

double score(const Moments& unit_rows) {
  const at::Tensor second = unit_rows.scatter / unit_rows.rows + at::outer(unit_rows.mean, unit_rows.mean);
  const at::Tensor values = at::linalg_eigvalsh(second).clamp_min(0);
  return std::exp(-at::xlogy(values, values).sum().item<double>());
}

}  // namespace

Figure vendi_score(const SampleSet& set, const DiversityOptions& options) {
  check_rows(set, 4, "vendi score");
  if (options.replicates != 0 && options.replicates < 2)
    fail(ErrorKind::option, "replicates", "{}; 0 (no error) or at least 2 are valid", options.replicates);
  const MomentGroups groups = moment_groups(UnitRows(set), options.groups, options.seed);
  Figure figure;
  figure.name = "vendi";
  figure.value = score(groups.all());
  figure.rows = set.size();
  if (options.replicates > 0) {
    figure.error =
        bootstrap_error(groups.size(), options.replicates, options.seed,
                        [&](std::span<const double> counts) { return score(groups.weighted(counts)); });
    figure.error_by = fmt::format("bootstrap of {} groups", groups.size());
  }
  figure.note =
      fmt::format("cosine kernel; 1: all alike, {}: all different", std::min(set.size(), set.dimension()));
  return figure;
}

}  // namespace ulam
