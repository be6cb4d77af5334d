#include "ulam/learn/rarity.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/draw/loop.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace {

constexpr const char* rarity_place = "rarity";

at::Tensor flat(const FeatureMap& features, const at::Tensor& x) {
  return (features.map ? features.map(x) : x).to(at::kDouble).flatten(1);
}

std::vector<double> ends_of(std::vector<double> scores, int count, const std::string& whose) {
  const auto n = static_cast<std::int64_t>(scores.size());
  if (n < count)
    fail(ErrorKind::option, rarity_place, "{} has {} rows, too few for {} bins", whose, n, count);
  std::sort(scores.begin(), scores.end());
  std::vector<double> ends;
  for (std::int64_t i = 0; i + 1 < count; ++i)
    ends.push_back(scores[static_cast<std::size_t>((n * (i + 1) + count - 1) / count - 1)]);
  return ends;
}

}  // namespace

at::Tensor rarity_scores(const Field& field, const at::Tensor& x0, const at::Tensor& labels,
                         std::uint64_t first, const RarityOptions& options, const Watch& watch) {
  const ModelInfo& info = field.info();
  if (!(options.sigma > 0 && std::isfinite(options.sigma)))
    fail(ErrorKind::option, rarity_place, "sigma = {} is not a noise level above 0", options.sigma);
  if (options.noises < 1)
    fail(ErrorKind::option, rarity_place, "{} noises; at least 1 is needed", options.noises);
  if (!x0.defined() || x0.dim() < 1 || x0.sizes().slice(1) != at::IntArrayRef(info.shape))
    fail(ErrorKind::shape, rarity_place, "rows of shape {} needed, the shape is {}", shape_text(info.shape),
         x0.defined() ? shape_text(x0.sizes()) : "none");
  const double time = info.path.time_of_rho(options.sigma);
  const Marginal m = info.path.at(time);
  const Affine to = to_data(info.head, m);
  const std::int64_t n = x0.size(0), piece = 256;
  at::Tensor out = at::zeros({n}, at::kDouble);
  Ledger ledger;
  for (std::int64_t begin = 0; begin < n; begin += piece) {
    if (watch.cancelled())
      fail(ErrorKind::cancelled, rarity_place, "cancelled after {} of {} rows", begin, n);
    const std::int64_t rows = std::min(piece, n - begin);
    const at::Tensor x = x0.narrow(0, begin, rows).to(info.dtype);
    const at::Tensor wanted = flat(options.features, x);
    std::vector<std::uint64_t> ids(static_cast<std::size_t>(rows));
    std::iota(ids.begin(), ids.end(), first + static_cast<std::uint64_t>(begin));
    Conditions conditions;
    if (labels.defined() && !info.conditions.empty())
      conditions["label"] = labels.narrow(0, begin, rows).to(at::kLong);
    for (int j = 0; j < options.noises; ++j) {
      const at::Tensor noise = keyed_normal(options.seed, Stream::data, ids, static_cast<std::uint32_t>(j),
                                            info.shape, info.dtype);
      const at::Tensor noised = x * m.a + noise * m.s;
      const at::Tensor p =
          field.answer(noised, at::full({rows}, time, at::kDouble), conditions, {}, ledger, watch).prediction;
      at::Tensor d = noised * to.of_x + p * to.of_p;
      if (!info.exact) d = d.clamp(info.data_low, info.data_high);
      out.narrow(0, begin, rows) += (flat(options.features, d) - wanted).square().sum(1) / options.noises;
    }
    watch.report({"scoring", begin + rows, n, "rows", ""});
  }
  return out;
}

RarityBins rarity_bins(const at::Tensor& scores, int count, const at::Tensor& groups) {
  if (count < 2) fail(ErrorKind::option, rarity_place, "{} bins; at least 2 are needed", count);
  const at::Tensor s = scores.to(at::kDouble).contiguous();
  const std::int64_t n = s.numel();
  if (!at::isfinite(s).all().item<bool>())
    fail(ErrorKind::numeric, rarity_place, "a score is NaN or infinite");
  if (groups.defined() && groups.numel() != n)
    fail(ErrorKind::shape, rarity_place, "{} groups for {} scores", groups.numel(), n);
  const at::Tensor g = groups.defined() ? groups.to(at::kLong).contiguous() : at::zeros({n}, at::kLong);
  const auto* value = s.data_ptr<double>();
  const auto* group = g.data_ptr<std::int64_t>();
  const std::int64_t kinds = n > 0 ? g.max().item<std::int64_t>() + 1 : 1;
  RarityBins out;
  for (std::int64_t k = 0; k < kinds; ++k) {
    std::vector<double> own;
    for (std::int64_t i = 0; i < n; ++i)
      if (group[i] == k) own.push_back(value[i]);
    out.ends.push_back(
        ends_of(std::move(own), count, groups.defined() ? "class " + std::to_string(k) : "the set"));
  }
  out.bins = at::empty({n}, at::kLong);
  for (std::int64_t i = 0; i < n; ++i) {
    const std::vector<double>& ends = out.ends[static_cast<std::size_t>(group[i])];
    out.bins.data_ptr<std::int64_t>()[i] =
        std::lower_bound(ends.begin(), ends.end(), value[i]) - ends.begin();
  }
  return out;
}

}  // namespace ulam
