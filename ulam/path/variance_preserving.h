#pragma once
// Internal to the path room: what all paths with a^2 + s^2 = 1 share, given log a(t).
#include "ulam/path/path.h"

namespace ulam {

/// Coefficients of a variance-preserving path from l = log a and its time derivative; s and half log-SNR by
/// expm1, so that both keep full relative precision near the data, where a is close to 1.
Marginal vp_marginal(double log_a, double dlog_a);
/// log a of the variance-preserving marginal with log(a/s) = lam; full relative precision at both ends.
double vp_log_a(double lam);
/// log(a/s) from log a.
double vp_half_log_snr(double log_a);

}  // namespace ulam
