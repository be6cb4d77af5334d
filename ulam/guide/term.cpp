#include "ulam/guide/term.h"

#include <algorithm>

#include <fmt/format.h>

namespace ulam {
namespace {

bool same(const at::Tensor& a, const at::Tensor& b) {
  return a.defined() == b.defined() && (!a.defined() || a.unsafeGetTensorImpl() == b.unsafeGetTensorImpl());
}
bool same(const Perturbation& a, const Perturbation& b) {
  return a.module == b.module && a.kind == b.kind && a.strength == b.strength && same(a.rows, b.rows);
}

}  // namespace

bool same(const Query& a, const Query& b) {
  const bool models =
      a.model == b.model ||
      (a.model && b.model && a.model->info().hash == b.model->info().hash && a.model->info().hash != 0);
  return models && a.condition == b.condition && same(a.label, b.label) && same(a.input, b.input) && a.taps == b.taps &&
         a.time == b.time && a.perturbations.size() == b.perturbations.size() &&
         std::equal(a.perturbations.begin(), a.perturbations.end(), b.perturbations.begin(),
                    [](const Perturbation& p, const Perturbation& q) { return same(p, q); });
}

Query null_query() {
  Query q;
  q.condition = Query::Condition::null;
  return q;
}

std::vector<double> Situation::weights(const Schedule& schedule, double weight) const {
  std::vector<double> out;
  for (std::size_t r = 0; r < sigma.size(); ++r) {
    const int step = context.row_steps.empty() ? context.step : context.row_steps[r];
    out.push_back(weight * (open ? 1 : schedule.factor(sigma[r], step, context.steps)));
  }
  return out;
}

std::vector<double> Situation::data_weights(const Schedule& schedule, double weight) const {
  std::vector<double> out = weights(schedule, weight);
  for (std::size_t r = 0; r < out.size(); ++r)
    if (!open && !tells_data(info->head, info->path.at(times[r]))) out[r] = 0;
  return out;
}

at::Tensor Situation::recall(const std::string& name) const {
  if (context.memory == nullptr) return {};
  return ulam::recall(*context.memory, fmt::format("{}.{}", term, name));
}

bool tells_data(const Head& head, const Marginal& m) {
  if (head.kind == Prediction::data) return true;
  if (m.s == 0) return false;
  return m.a > 0 || (head.kind != Prediction::noise && head.kind != Prediction::score);
}

}  // namespace ulam
