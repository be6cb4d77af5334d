#include "ulam/guide/term.h"

#include <algorithm>

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
  return models && a.condition == b.condition && same(a.label, b.label) && same(a.input, b.input) &&
         a.time == b.time && a.perturbations.size() == b.perturbations.size() &&
         std::equal(a.perturbations.begin(), a.perturbations.end(), b.perturbations.begin(),
                    [](const Perturbation& p, const Perturbation& q) { return same(p, q); });
}

std::vector<double> Situation::weights(const Schedule& schedule, double weight) const {
  std::vector<double> out;
  for (const double s : sigma) out.push_back(weight * schedule.factor(s, context.step, context.steps));
  return out;
}

}  // namespace ulam
