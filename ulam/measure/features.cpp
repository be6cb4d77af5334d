#include "ulam/measure/features.h"

#include <algorithm>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "ulam/base/error.h"
#include "ulam/measure/moments.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace {

/// [k, dimension], or Error(shape).
at::Tensor flattened(const at::Tensor& rows, std::int64_t dimension, const std::string& name) {
  if (rows.dim() < 2 || rows.size(0) == 0 || rows.numel() != rows.size(0) * dimension)
    fail(ErrorKind::shape, "features '" + name + "'", "rows of shape {}, {} numbers each are needed",
         rows.dim() == 0 ? "[]" : shape_text(rows.sizes().slice(1)), dimension);
  return rows.reshape({rows.size(0), dimension});
}

at::Tensor tapped(const Model& model, const std::string& tap, const at::Tensor& rows) {
  at::NoGradGuard no_grad;
  const ModelInfo& info = model.info();
  std::vector<std::int64_t> shape{rows.size(0)};
  shape.insert(shape.end(), info.shape.begin(), info.shape.end());
  const at::Tensor x = rows.to(info.dtype).reshape(shape);
  std::vector<at::Tensor> out;
  for (const at::Tensor& part : x.split(info.row_limit > 0 ? info.row_limit : 64)) {
    Call call;
    call.wanted_taps = {tap};
    const at::Tensor t = at::full({part.size(0)}, info.path.t_data(), at::kDouble);
    model.forward(part.contiguous(), t, {}, call);
    const auto found = call.taps.find(tap);
    if (found == call.taps.end() || found->second.dim() < 1 || found->second.size(0) != part.size(0))
      fail(ErrorKind::unsupported, "tap '" + tap + "'", "model '{}' gave no row a sample for it", info.name);
    const at::Tensor values = found->second.to(at::kCPU);
    const bool real = values.scalar_type() == at::kFloat || values.scalar_type() == at::kDouble;
    out.push_back((real ? values : values.to(at::kFloat)).reshape({part.size(0), -1}));
  }
  return at::cat(out);
}

std::int64_t numbers(const std::vector<std::int64_t>& shape) {
  std::int64_t all = 1;
  for (const std::int64_t extent : shape) all *= extent;
  return all;
}

}  // namespace

FeatureMap raw_features(const std::vector<std::int64_t>& shape) {
  const std::int64_t d = numbers(shape);
  if (d < 1) fail(ErrorKind::shape, "features 'raw'", "rows of shape {} hold no number", shape_text(shape));
  return {"raw", d, [d](const at::Tensor& rows) { return flattened(rows, d, "raw"); }};
}

FeatureMap pca_features(const SampleSet& reference, std::int64_t components) {
  const std::string name = fmt::format("pca:{}", components);
  const std::int64_t d = reference.dimension(), most = std::min(reference.size() - 1, d);
  if (components < 1 || components > most)
    fail(ErrorKind::option, "features '" + name + "'",
         "{} components of {} rows of {} numbers; 1 to {} are valid", components, reference.size(), d, most);
  const Moments moments = moments_of(reference);
  const at::Tensor all = std::get<1>(at::linalg_eigh(moments.covariance()));  // in rising order
  at::Tensor axes = all.narrow(1, d - components, components).flip(1).contiguous();
  const at::Tensor peak = axes.abs().argmax(0, true);
  axes = axes * axes.gather(0, peak).sign();
  const at::Tensor mean = moments.mean;
  return {name, components, [d, name, mean, axes](const at::Tensor& rows) {
            return at::mm(flattened(rows, d, name).to(at::kDouble) - mean, axes);
          }};
}

FeatureMap model_features(ModelPtr model, const std::string& tap) {
  const ModelInfo& info = model->info();
  const std::string name = info.name + ":" + tap;
  if (std::find(info.taps.begin(), info.taps.end(), tap) == info.taps.end()) {
    std::string taps;
    for (const std::string& known : info.taps) taps += (taps.empty() ? "" : ", ") + known;
    fail(ErrorKind::unsupported, "tap '" + tap + "'", "model '{}' has the taps: {}", info.name,
         taps.empty() ? "none" : taps);
  }
  const std::int64_t d = numbers(info.shape);
  const std::int64_t dimension = tapped(*model, tap, at::zeros({1, d})).size(1);
  return {name, dimension, [model, tap, d, name](const at::Tensor& rows) {
            return tapped(*model, tap, flattened(rows, d, name));
          }};
}

SampleSetPtr features_of(const SampleSet& set, const FeatureMap& features) {
  const std::string name = fmt::format("{} ({})", set.name(), features.name);
  return mapped(
      set,
      [&](const at::Tensor& rows) {
        at::Tensor out = features.map(rows);
        if (out.dim() != 2 || out.size(1) != features.dimension)
          fail(ErrorKind::shape, "features '" + features.name + "'", "made {}, {} numbers a row are promised",
               shape_text(out.sizes()), features.dimension);
        return out;
      },
      name);
}

}  // namespace ulam
