#include "ulam/measure/rareness.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "ulam/base/error.h"
#include "ulam/base/key.h"
#include "ulam/measure/pairwise.h"
#include "ulam/measure/resample.h"

namespace ulam {
namespace {

/// Mean distance of every row of `x` to its k nearest of `set`, [n]; without row `own` + i where own >= 0.
at::Tensor nearest_mean(const at::Tensor& x, const SampleSet& set, std::int64_t k, std::int64_t own,
                        const at::Tensor& centre) {
  const std::int64_t block = pair_block_rows(set.dimension());
  at::Tensor nearest;
  for (std::int64_t j = 0; j < set.size(); j += block) {
    const std::int64_t rows = std::min(block, set.size() - j);
    at::Tensor d = squared_distances(x, flat_rows(set, j, rows) - centre);
    if (own == j) d.fill_diagonal_(INFINITY);
    if (nearest.defined()) d = at::cat({nearest, d}, 1);
    nearest = std::get<0>(d.topk(std::min(k, d.size(1)), 1, false));
  }
  return nearest.sqrt().mean(1);
}

/// Mean over the rows of `set`, and their number of times the mean's error; `within`: among themselves.
Mean mean_distance(const SampleSet& set, const SampleSet& reference, std::int64_t k, bool within,
                   const at::Tensor& centre) {
  const std::int64_t block = pair_block_rows(set.dimension());
  std::vector<double> all;
  for (std::int64_t i = 0; i < set.size(); i += block) {
    const at::Tensor x = flat_rows(set, i, std::min(block, set.size() - i)) - centre;
    const at::Tensor d = nearest_mean(x, reference, k, within ? i : -1, centre).contiguous();
    all.insert(all.end(), d.data_ptr<double>(), d.data_ptr<double>() + d.numel());
  }
  return mean_of(all);
}

/// Scores by class, one class where there are no labels.
std::map<std::int64_t, std::vector<double>> by_class(const at::Tensor& scores, const at::Tensor& labels) {
  const at::Tensor s = scores.to(at::kDouble).contiguous();
  if (s.dim() != 1 || (labels.defined() && labels.numel() != s.numel()))
    fail(ErrorKind::shape, "rarest", "one score and one label a row are needed, got {} and {}", s.numel(),
         labels.defined() ? labels.numel() : 0);
  const at::Tensor l =
      labels.defined() ? labels.to(at::kLong).contiguous() : at::zeros({s.numel()}, at::kLong);
  std::map<std::int64_t, std::vector<double>> out;
  for (std::int64_t i = 0; i < s.numel(); ++i) {
    const double score = s.data_ptr<double>()[i];
    if (!std::isfinite(score)) fail(ErrorKind::numeric, "rarest", "the score of row {} is {}", i, score);
    out[l.data_ptr<std::int64_t>()[i]].push_back(score);
  }
  return out;
}

/// The score of rank ceil((number of rows) (1 - tail)).
double threshold(std::vector<double> scores, double tail) {
  const auto n = static_cast<double>(scores.size());
  const auto rank = static_cast<std::size_t>(std::clamp(std::ceil(n * (1 - tail) - 1e-9), 1.0, n));
  std::nth_element(scores.begin(), scores.begin() + static_cast<std::ptrdiff_t>(rank) - 1, scores.end());
  return scores[rank - 1];
}

double above(const std::vector<double>& scores, double limit) {
  return static_cast<double>(
      std::count_if(scores.begin(), scores.end(), [&](double s) { return s > limit; }));
}

std::vector<double> resampled(const std::vector<double>& scores, std::uint64_t seed, int replicate) {
  const std::vector<double> counts =
      bootstrap_counts(static_cast<std::int64_t>(scores.size()), seed, static_cast<std::uint32_t>(replicate));
  std::vector<double> out;
  for (std::size_t i = 0; i < scores.size(); ++i)
    out.insert(out.end(), static_cast<std::size_t>(counts[i]), scores[i]);
  return out;
}

}  // namespace

Figure neighbour_distance(const SampleSet& samples, const SampleSet& reference, std::int64_t k) {
  if (k < 1 || k > 1000) fail(ErrorKind::option, "knn", "k = {}; 1 to 1000 are valid", k);
  check_comparable(samples, reference, std::max<std::int64_t>(2, k + 1), "knn");
  const at::Tensor centre =
      flat_rows(reference, 0, std::min(reference.size(), pair_block_rows(reference.dimension()))).mean(0);
  const Mean drawn = mean_distance(samples, reference, k, false, centre),
             real = mean_distance(reference, reference, k, true, centre);
  return {"knn",
          drawn.value,
          drawn.error,
          "standard error",
          std::min(samples.size(), reference.size()),
          fmt::format("k = {}, of the reference itself {}", k, figure_text(real.value, real.error))};
}

Figure tail_share(const at::Tensor& samples, const at::Tensor& sample_labels, const at::Tensor& reference,
                  const at::Tensor& reference_labels, const TailOptions& options) {
  if (!(options.tail > 0 && options.tail < 1))
    fail(ErrorKind::option, "rarest", "tail = {}; a share between 0 and 1 is needed", options.tail);
  const bool classes = sample_labels.defined() && reference_labels.defined();
  const auto drawn = by_class(samples, classes ? sample_labels : at::Tensor()),
             real = by_class(reference, classes ? reference_labels : at::Tensor());
  for (const auto& [label, scores] : drawn)
    if (!real.contains(label))
      fail(ErrorKind::option, "rarest", "the reference has no row of class {}", label);
  if (drawn.empty()) fail(ErrorKind::option, "rarest", "no samples");
  const auto n = static_cast<double>(samples.numel());
  double over = 0;
  for (const auto& [label, scores] : drawn) over += above(scores, threshold(real.at(label), options.tail));
  std::vector<double> again;
  for (int r = 0; r < options.replicates; ++r) {
    double count = 0;
    for (const auto& [label, scores] : drawn) {
      const std::uint64_t seed = child_id(options.seed, 0x72617265u, static_cast<std::uint32_t>(label));
      count +=
          above(resampled(scores, seed, r), threshold(resampled(real.at(label), seed + 1, r), options.tail));
    }
    again.push_back(count / n);
  }
  Figure out{"rarest",
             over / n,
             0,
             "",
             std::min(samples.numel(), reference.numel()),
             fmt::format("share among the rarest {:g} of the reference{}", options.tail,
                         classes ? "'s rows of its class" : "")};
  if (options.replicates >= 2) {
    out.error = mean_of(again).error * std::sqrt(static_cast<double>(again.size()));
    out.error_by = fmt::format("{} bootstrap resamples", options.replicates);
  }
  return out;
}

}  // namespace ulam
