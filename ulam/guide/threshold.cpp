#include "ulam/guide/threshold.h"

#include <cmath>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/base/text.h"

namespace ulam {
namespace {

constexpr const char* threshold_place = "threshold";

/// The q-quantile of each row of [rows, n], as [rows, 1]: order statistics q (n - 1), interpolated.
at::Tensor row_quantiles(const at::Tensor& values, double q) {
  const std::int64_t n = values.size(1);
  const double position = q * static_cast<double>(n - 1);
  const auto lower = static_cast<std::int64_t>(std::floor(position));
  // The largest first: entry k of them is order statistic n - 1 - k.
  const at::Tensor largest = std::get<0>(at::topk(values, n - lower, 1, true, true));
  const at::Tensor low = largest.narrow(1, n - 1 - lower, 1);
  const double share = position - static_cast<double>(lower);
  if (share == 0) return low;
  return low + (largest.narrow(1, n - 2 - lower, 1) - low) * share;
}

class Threshold final : public PostOperation {
 public:
  explicit Threshold(const ThresholdOptions& options) : options_(options) {}

  std::string spec() const override {
    return fmt::format("threshold:quantile={},floor={},cap={}", real_text(options_.quantile),
                       real_text(options_.floor), real_text(options_.cap));
  }
  at::Tensor apply(const at::Tensor& data, const at::Tensor&, const at::Tensor&,
                   const ModelInfo& info) const override {
    if (data.numel() == 0) return data;
    const double middle = 0.5 * (info.data_low + info.data_high),
                 half = 0.5 * (info.data_high - info.data_low);
    const bool unit = middle == 0 && half == 1;
    at::Tensor u = data.reshape({data.size(0), -1});
    if (!unit) u = (u - middle) / half;
    at::Tensor scale = row_quantiles(u.abs(), options_.quantile).clamp_min(options_.floor);
    if (options_.cap > 0) scale = scale.clamp_max(options_.cap);
    u = at::minimum(at::maximum(u, -scale), scale) / scale;
    if (!unit) u = u * half + middle;
    return u.reshape(data.sizes());
  }

 private:
  ThresholdOptions options_;
};

}  // namespace

PostOperationPtr make_threshold(const ThresholdOptions& options) {
  if (!(options.quantile > 0 && options.quantile <= 1))
    fail(ErrorKind::option, threshold_place, "quantile = {} is not above 0 and at most 1", options.quantile);
  if (!(options.floor > 0 && std::isfinite(options.floor)))
    fail(ErrorKind::option, threshold_place, "floor = {} is not finite and above 0", options.floor);
  if (!(options.cap == 0 || (options.cap >= options.floor && std::isfinite(options.cap))))
    fail(ErrorKind::option, threshold_place, "cap = {} is neither 0 (none) nor at least floor = {}",
         options.cap, options.floor);
  return std::make_shared<Threshold>(options);
}

PostOperationEntry threshold_entry() {
  PostOperationEntry entry;
  entry.name = "threshold";
  entry.aliases = {"dynamic_thresholding"};
  entry.purpose = "dynamic thresholding: cut each row of D at a high quantile of its own and scale it back";
  entry.parameters = {
      {"quantile", OptionType::real, "0.995", "quantile of |D| of a row", 1e-9, 1, {}, ""},
      {"floor", OptionType::real, "1", "least scale, in half widths of the data range", 1e-9, 1e9, {}, ""},
      {"cap", OptionType::real, "0", "most scale, 0 = none", 0, 1e9, {}, ""}};
  entry.paper = "Saharia et al. 2022, arXiv 2205.11487, sec. 2.3";
  entry.cost = "a partial sort of each row";
  entry.composes = "any solver; pictures in pixels, not latents";
  entry.make = [](const Options& o) {
    ThresholdOptions options;
    options.quantile = o.real("quantile");
    options.floor = o.real("floor");
    options.cap = o.real("cap");
    return make_threshold(options);
  };
  return entry;
}

}  // namespace ulam
