#include "ulam/measure/frechet.h"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/measure/resample.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace {

/// F with F F' = C: the Cholesky factor, or V sqrt(values) where C is singular.
at::Tensor factor(const at::Tensor& c) {
  const auto [lower, info] = at::linalg_cholesky_ex(c);
  if (info.item<int>() == 0 && at::isfinite(lower.sum()).item<bool>()) return lower;
  const auto [values, vectors] = at::linalg_eigh(c);
  return vectors * values.clamp_min(0).sqrt();
}

std::string note_of(std::int64_t rows, std::int64_t d, double bias, bool resampled) {
  std::string note = "biased upwards by O(1/n), compare equal sizes only";
  if (resampled) note += fmt::format("; the bootstrap sees a bias of {:.3g}", bias);
  if (rows <= d)
    note += fmt::format(
        "; fewer samples than dimensions ({} rows, {} numbers each): the covariance is "
        "singular and the bias large",
        rows, d);
  return note;
}

}  // namespace

double frechet_distance(const Moments& a, const Moments& b) {
  if (a.dimension() != b.dimension())
    fail(ErrorKind::shape, "frechet distance", "moments of {} and of {} dimensions", a.dimension(),
         b.dimension());
  const at::Tensor ca = a.covariance(), cb = b.covariance();
  const at::Tensor f = factor(ca);
  const at::Tensor middle = at::mm(f.t(), at::mm(cb, f));
  const at::Tensor values = at::linalg_eigvalsh((middle + middle.t()) / 2);
  const double root = values.clamp_min(0).sqrt().sum().item<double>();
  const double shift = (a.mean - b.mean).square().sum().item<double>();
  const double traces = (ca.diagonal().sum() + cb.diagonal().sum()).item<double>();
  const double distance = shift + traces - 2 * root;
  if (!std::isfinite(distance)) fail(ErrorKind::numeric, "frechet distance", "the moments are not finite");
  return std::max(distance, 0.);
}

Figure frechet_distance(const SampleSet& a, const SampleSet& b, const FrechetOptions& options) {
  check_comparable(a, b, 4, "frechet distance");
  if (options.replicates != 0 && options.replicates < 2)
    fail(ErrorKind::option, "replicates", "{}; 0 (no error) or at least 2 are valid", options.replicates);
  // Different deals, so that a set compared with itself is not resampled in step.
  const MomentGroups ga = moment_groups(a, options.groups, options.seed);
  const MomentGroups gb = moment_groups(b, options.groups, options.seed + 1);
  Figure figure;
  figure.name = "frechet";
  figure.value = frechet_distance(ga.all(), gb.all());
  figure.rows = std::min(a.size(), b.size());
  double bias = 0;
  if (options.replicates > 0) {
    const auto n = ga.size() + gb.size();
    std::uint32_t replicate = 0;
    std::vector<double> values;
    for (; replicate < static_cast<std::uint32_t>(options.replicates); ++replicate) {
      const std::vector<double> ca = bootstrap_counts(ga.size(), options.seed, 2 * replicate);
      const std::vector<double> cb = bootstrap_counts(gb.size(), options.seed, 2 * replicate + 1);
      values.push_back(frechet_distance(ga.weighted(ca), gb.weighted(cb)));
    }
    const Mean mean = mean_of(values);
    bias = mean.value - figure.value;
    figure.error = mean.error * std::sqrt(static_cast<double>(values.size()));
    figure.error_by = fmt::format("bootstrap of {} groups", n / 2);
  }
  figure.note = note_of(figure.rows, a.dimension(), bias, options.replicates > 0);
  return figure;
}

}  // namespace ulam
