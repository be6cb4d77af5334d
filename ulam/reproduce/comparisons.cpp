#include "ulam/reproduce/comparisons.h"

#include <algorithm>

#include <fmt/format.h>

namespace ulam {

Finding order_finding(Laboratory& lab, const std::string& solver, double order, const std::vector<int>& steps,
                      double band) {
  Finding f;
  f.claim = fmt::format("{}: the error falls with the power {:g} of the number of steps.", solver, order);
  f.setting =
      fmt::format("{}: slope over {} to {} steps, 200 starts", lab.name(), steps.front(), steps.back());
  f.baseline = fmt::format("order {:g}", order);
  f.expected = {"order", order, 0, "theory", 0, ""};
  f.measured = lab.order(solver, steps);
  f.evaluations = lab.cost(solver, steps.back());
  return equal(f, band);
}

Finding lead_finding(Laboratory& lab, const std::string& claim, const std::string& method, int steps,
                     const std::string& baseline, int baseline_steps) {
  Finding f;
  const std::int64_t cost = lab.cost(method, steps);
  int others = std::max(1, baseline_steps);
  while (lab.cost(baseline, others) < cost) ++others;
  f.claim = claim;
  f.setting = fmt::format("{}: RMSE of {} to the exact ODE, 200 starts", lab.name(), method);
  f.baseline = fmt::format("{}, {} steps", baseline, others);
  f.expected = lab.trajectory(baseline, others);
  f.measured = lab.trajectory(method, steps);
  f.baseline_evaluations = lab.cost(baseline, others);
  f.evaluations = cost;
  return smaller(f);
}

Finding known_finding(std::string setting, const std::string& what, double value, double rounding,
                      Figure measured, std::int64_t evaluations) {
  Finding f;
  f.claim = fmt::format(
      "RMSE of {}: {:g} (computed in double precision by another program, 200 starts of its own).", what,
      value);
  f.setting = std::move(setting);
  f.baseline = fmt::format("{:g}", value);
  f.expected = {"trajectory", value, measured.error, "200 starts, as ours", 200, ""};
  f.measured = std::move(measured);
  f.evaluations = evaluations;
  return equal(f, rounding);
}

Finding known_error(Laboratory& lab, const std::string& solver, int steps, double value, double rounding) {
  return known_finding(lab.name() + ": RMSE to the exact ODE, 200 starts",
                       fmt::format("{} at {} steps", solver, steps), value, rounding,
                       lab.trajectory(solver, steps), lab.cost(solver, steps));
}

Finding identity_finding(Laboratory& lab, const std::string& claim, const std::string& a,
                         const std::string& b) {
  Finding f;
  f.claim = claim;
  f.setting = fmt::format("{}: RMS difference of {} and {}, 12 steps, 200 starts", lab.name(), a, b);
  f.baseline = "rounding";
  f.expected = {"bound", 1e-10, 0, "rounding of double", 0, ""};
  f.measured = lab.difference(a, 12, b, 12);
  f.evaluations = lab.cost(a, 12);
  return at_most(f);
}

}  // namespace ulam
