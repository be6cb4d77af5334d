#include "ulam/guide/clip.h"

#include <cmath>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/base/text.h"

namespace ulam {
namespace {

constexpr const char* clip_place = "clip";

class Clip final : public PostOperation {
 public:
  Clip(std::optional<double> low, std::optional<double> high) : low_(low), high_(high) {}

  std::string spec() const override {
    std::string out = "clip";
    if (low_) out += ":low=" + real_text(*low_);
    if (high_) out += (low_ ? ",high=" : ":high=") + real_text(*high_);
    return out;
  }
  at::Tensor apply(const at::Tensor& data, const at::Tensor&, const at::Tensor&,
                   const ModelInfo& info) const override {
    const double low = low_.value_or(info.data_low), high = high_.value_or(info.data_high);
    if (!(low < high))
      fail(ErrorKind::option, clip_place, "low = {} is not below high = {} of the model '{}'", low, high,
           info.name);
    return data.clamp(low, high);
  }

 private:
  std::optional<double> low_, high_;
};

}  // namespace

PostOperationPtr make_clip(std::optional<double> low, std::optional<double> high) {
  for (const std::optional<double>& end : {low, high})
    if (end && !std::isfinite(*end)) fail(ErrorKind::option, clip_place, "an end of {} is not finite", *end);
  if (low && high && !(*low < *high))
    fail(ErrorKind::option, clip_place, "low = {} is not below high = {}", *low, *high);
  return std::make_shared<Clip>(low, high);
}

PostOperationEntry clip_entry() {
  PostOperationEntry entry;
  entry.name = "clip";
  entry.purpose = "cut D to the range of the data";
  entry.parameters = {
      {"low", OptionType::real, "", "least value; the model's own without it", -1e9, 1e9, {}, ""},
      {"high", OptionType::real, "", "most value; the model's own without it", -1e9, 1e9, {}, ""}};
  entry.paper = "Ho et al. 2020, arXiv 2006.11239";
  entry.cost = "one pass over D";
  entry.composes = "any solver; pictures in pixels, not latents";
  entry.make = [](const Options& o) {
    const auto end = [&](const char* name) {
      return o.has(name) ? std::optional<double>(o.real(name)) : std::nullopt;
    };
    return make_clip(end("low"), end("high"));
  };
  return entry;
}

}  // namespace ulam
