#include "ulam/model/class_reward.h"

#include <algorithm>

#include <ATen/ATen.h>

#include "ulam/base/error.h"

namespace ulam {
namespace {

constexpr const char* class_reward_place = "class reward";

}  // namespace

at::Tensor class_log_probability(const Model& classifier, const at::Tensor& samples,
                                 const at::Tensor& labels) {
  const ModelInfo& info = classifier.info();
  const auto classes = static_cast<std::int64_t>(info.outputs.size());
  if (classes == 0)
    fail(ErrorKind::unsupported, class_reward_place, "{} is no classifier: it has no classes", info.name);
  if (labels.dim() != 1 || samples.dim() < 1 || samples.size(0) != labels.size(0))
    fail(ErrorKind::shape, class_reward_place, "{} samples and {} labels",
         samples.dim() > 0 ? samples.size(0) : 0, labels.numel());
  if (labels.numel() == 0) return at::empty({0}, at::kDouble);
  const std::int64_t low = labels.min().item<std::int64_t>(), high = labels.max().item<std::int64_t>();
  if (low < 0 || high >= classes)
    fail(ErrorKind::option, class_reward_place, "a label is {}, {} knows 0 to {}", low < 0 ? low : high,
         info.name, classes - 1);
  const std::int64_t limit = info.row_limit > 0 ? info.row_limit : 64;
  std::vector<at::Tensor> out;
  for (std::int64_t first = 0; first < samples.size(0); first += limit) {
    const std::int64_t count = std::min(limit, samples.size(0) - first);
    Call call;
    const at::Tensor logits =
        classifier.forward(samples.narrow(0, first, count).to(info.dtype),
                           at::full({count}, info.path.t_data(), at::kDouble), {}, call);
    out.push_back(at::log_softmax(logits.to(at::kDouble), 1)
                      .gather(1, labels.narrow(0, first, count).to(logits.device()).unsqueeze(1))
                      .squeeze(1));
  }
  return at::cat(out);
}

std::function<at::Tensor(const at::Tensor& samples)> class_reward(ModelPtr classifier, std::int64_t label) {
  return [classifier = std::move(classifier), label](const at::Tensor& samples) {
    return class_log_probability(*classifier, samples, at::full({samples.size(0)}, label, at::kLong));
  };
}

}  // namespace ulam
