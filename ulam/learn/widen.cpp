#include "ulam/learn/widen.h"

#include <algorithm>
#include <cmath>

#include "ulam/base/error.h"

namespace ulam {
namespace {

/// Adds an evaluation at `time` between those of numbers k and k + 1.
void insert_after(LinearPlan& p, std::size_t k, double time, const Path& path) {
  // x* = keep x_k + of D_k, so x_k = (x* - of D_k) / keep in what follows.
  const Marginal from = path.at(p.times[k]), to = path.at(time);
  const double keep = to.s / from.s, of = to.a - from.a * keep;
  const auto at = static_cast<std::ptrdiff_t>(k) + 1;
  const double share = p.keep[k] / keep;
  std::vector<double> after = p.of[k];
  after.back() -= share * of;
  after.push_back(0);
  std::vector<double> before(k + 1, 0.0);
  before.back() = of;
  for (std::size_t j = k + 1; j < p.of.size(); ++j) p.of[j].insert(p.of[j].begin() + at, 0.0);
  p.of[k] = std::move(before);
  p.of.insert(p.of.begin() + at, std::move(after));
  p.keep[k] = keep;
  p.keep.insert(p.keep.begin() + at, share);
  p.times.insert(p.times.begin() + at, time);
  if (!p.left_out.empty()) p.left_out.insert(p.left_out.begin() + at, std::vector<std::string>{});
}

}  // namespace

LinearPlan widened(const LinearPlan& plan, int evaluations, const Path& path) {
  if (evaluations < plan.evaluations())
    fail(ErrorKind::option, "tune", "the plan to go on from has {} evaluations, {} are asked for",
         plan.evaluations(), evaluations);
  LinearPlan out = plan;
  while (out.evaluations() < evaluations) {
    double widest = 0, time = 0;
    std::size_t place = 0;
    for (std::size_t k = 0; k < out.times.size(); ++k) {
      const double here = path.half_log_snr(out.times[k]);
      const double next = path.half_log_snr(k + 1 < out.times.size() ? out.times[k + 1] : out.end);
      if (!std::isfinite(here) || !std::isfinite(next) || !(next - here > widest)) continue;
      widest = next - here;
      place = k;
      time = path.time_of_half_log_snr((here + next) / 2);
    }
    if (widest <= 0)
      fail(ErrorKind::unsupported, "tune", "the plan to go on from leaves no gap for a further evaluation");
    insert_after(out, place, time, path);
  }
  return out;
}

}  // namespace ulam
