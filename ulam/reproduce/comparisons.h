#pragma once
// Findings that many experiments make: an order, a lead at equal cost, a number known beforehand, an
// identity.
#include "ulam/reproduce/laboratory.h"

namespace ulam {

/// The slope of the error over `steps` is `order`, to `band`.
Finding order_finding(Laboratory& lab, const std::string& solver, double order, const std::vector<int>& steps,
                      double band = .2);
/// `method` is nearer to the exact ODE than `baseline` at as many evaluations; where their costs do not meet,
/// the baseline gets more. `baseline_steps` above 0 gives it that many steps.
Finding lead_finding(Laboratory& lab, const std::string& claim, const std::string& method, int steps,
                     const std::string& baseline, int baseline_steps = 0);
/// `measured` is the number that another program found in the same setting with 200 starts of its own, to the
/// digits given; its sampling error is taken to be that of `measured`.
Finding known_finding(std::string setting, const std::string& what, double value, double rounding,
                      Figure measured, std::int64_t evaluations);
/// The RMSE of a solver is `value`: known_finding() in a laboratory.
Finding known_error(Laboratory& lab, const std::string& solver, int steps, double value, double rounding);
/// Two solvers end at the same points, to rounding.
Finding identity_finding(Laboratory& lab, const std::string& claim, const std::string& a,
                         const std::string& b);

}  // namespace ulam
