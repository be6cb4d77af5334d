#include "ulam/measure/agreement.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "ulam/base/error.h"
#include "ulam/measure/binomial.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace {

constexpr const char* agreement_place = "agreement";

Figure figure_of(const std::string& name, const Share& share, const Share* real) {
  Figure f;
  f.name = name;
  f.value = share.value();
  f.error = share.error();
  f.error_by = "binomial";
  f.rows = share.all;
  if (real != nullptr) f.note = fmt::format("real: {}", figure_text(real->value(), real->error()));
  return f;
}

}  // namespace

double Share::value() const {
  return all > 0 ? static_cast<double>(right) / static_cast<double>(all)
                 : std::numeric_limits<double>::quiet_NaN();
}

double Share::error() const { return binomial_error(right, all); }

at::Tensor recognised_classes(const Model& classifier, const SampleSet& set, const Watch& watch) {
  const ModelInfo& info = classifier.info();
  if (info.outputs.empty())
    fail(ErrorKind::unsupported, agreement_place, "{} is no classifier; it has no classes to recognise",
         info.name);
  if (set.shape() != info.shape)
    fail(ErrorKind::shape, agreement_place, "{} has rows of shape {}; {} judges rows of shape {}", set.name(),
         shape_text(set.shape()), info.name, shape_text(info.shape));
  const at::NoGradGuard no_grad;
  const std::int64_t step = info.row_limit > 0 ? info.row_limit : 64;
  at::Tensor out = at::empty({set.size()}, at::kLong);
  for (std::int64_t first = 0; first < set.size(); first += step) {
    if (watch.cancelled())
      fail(ErrorKind::cancelled, agreement_place, "cancelled after {} of {} rows", first, set.size());
    const std::int64_t count = std::min(step, set.size() - first);
    Call call;
    const at::Tensor t = at::full({count}, info.path.t_data(), at::kDouble);
    const at::Tensor rows = set.block(first, count).to(info.dtype).contiguous();
    out.narrow(0, first, count).copy_(classifier.forward(rows, t, {}, call).argmax(1));
    watch.report({"classifying", first + count, set.size(), "rows", ""});
  }
  return out;
}

Agreement class_agreement(const Model& classifier, const SampleSet& set, const Watch& watch) {
  const at::Tensor labels = set.labels();
  if (!labels.defined())
    fail(ErrorKind::option, agreement_place, "{} has no labels to compare with", set.name());
  const auto classes = static_cast<std::int64_t>(classifier.info().outputs.size());
  const at::Tensor asked = labels.contiguous();
  const std::int64_t* wanted = asked.data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < set.size() && classes > 0; ++i)
    if (wanted[i] < 0 || wanted[i] >= classes)
      fail(ErrorKind::option, agreement_place, "row {} of {} has label {}; {} knows 0 to {}", i, set.name(),
           wanted[i], classifier.info().name, classes - 1);
  const at::Tensor found = recognised_classes(classifier, set, watch);
  Agreement out;
  out.classes = classifier.info().outputs;
  out.by_class.resize(out.classes.size());
  for (std::int64_t i = 0; i < set.size(); ++i) {
    const bool right = found.data_ptr<std::int64_t>()[i] == wanted[i];
    for (Share* share : {&out.by_class[static_cast<std::size_t>(wanted[i])], &out.overall}) {
      ++share->all;
      share->right += right ? 1 : 0;
    }
  }
  return out;
}

std::vector<Figure> agreement_figures(const Agreement& drawn, const Agreement* real) {
  if (drawn.overall.all == 0) fail(ErrorKind::option, agreement_place, "the set is empty");
  std::vector<Figure> out = {
      figure_of(agreement_place, drawn.overall, real == nullptr ? nullptr : &real->overall)};
  for (std::size_t c = 0; c < drawn.by_class.size(); ++c) {
    if (drawn.by_class[c].all == 0) continue;
    const Share* beside = real == nullptr ? nullptr : &real->by_class.at(c);
    if (beside != nullptr && beside->all == 0)
      fail(ErrorKind::option, agreement_place, "class {} ({}) is empty in the reference", c,
           drawn.classes[c]);
    out.push_back(
        figure_of(fmt::format("{}/{}", agreement_place, drawn.classes[c]), drawn.by_class[c], beside));
  }
  return out;
}

}  // namespace ulam
