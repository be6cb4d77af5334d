#include "ulam/path/variance_preserving.h"

#include <cmath>
#include <limits>

namespace ulam {

Marginal vp_marginal(double log_a, double dlog_a) {
  Marginal m;
  m.a = std::exp(log_a);
  m.s = std::sqrt(-std::expm1(2 * log_a));
  m.da = m.a * dlog_a;
  m.ds = m.s > 0 ? -m.a * m.da / m.s : std::numeric_limits<double>::infinity();
  return m;
}

double vp_log_a(double lam) {
  // log a = -log(1 + exp(-2 lam)) / 2; the second form avoids the overflow of exp for very noisy ends.
  return lam > 0 ? -0.5 * std::log1p(std::exp(-2 * lam)) : lam - 0.5 * std::log1p(std::exp(2 * lam));
}

double vp_half_log_snr(double log_a) {
  if (log_a == 0) return std::numeric_limits<double>::infinity();
  return log_a - 0.5 * std::log(-std::expm1(2 * log_a));
}

}  // namespace ulam
