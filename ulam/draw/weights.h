#pragma once
// One step of an exponential integrator as numbers: exact integrals of interpolation polynomials against the
// path's kernel.
#include <span>
#include <vector>

#include "ulam/path/path.h"

namespace ulam {

/// What is interpolated: eps or D.
enum class Form { noise, data };
/// The variable in which the interpolation polynomial lives.
enum class Variable { time, rho, half_log_snr };
/// How `eta` mixes in noise. exponential: the reverse SDE with (1 + eta) times the ODE's drift (dpm-solver++
/// SDE forms); ddim: deviation eta times that of the posterior (Song et al. 2021, arXiv 2010.02502, eq. 16).
/// Both are the posterior step of DDPM at order 1, data form, eta = 1.
enum class NoiseRule { exponential, ddim };
/// Deviation of the noise at eta = 1, order 1: `small` is the posterior's, `large` the forward kernel's (Ho
/// et al. 2020, arXiv 2006.11239, section 3.2). The mean is the same.
enum class Variance { small, large };

struct Rule {
  Form form = Form::data;
  Variable variable = Variable::half_log_snr;
  double eta = 0;
  NoiseRule noise_rule = NoiseRule::exponential;
  Variance variance = Variance::small;
  friend bool operator==(const Rule&, const Rule&) = default;
};

/// x_to = of_x x_from + sum_j of_nodes[j] f(nodes[j]) + noise z, with f = eps or D.
struct StepWeights {
  double of_x = 1;
  std::vector<double> of_nodes;
  double noise = 0;
  int order = 1;           // nodes that took part
  Form form = Form::data;  // of f
};

/// The weights of one step from time `from` to time `to` (towards the data), f replaced by the Lagrange
/// polynomial in rule.variable through `nodes` (any distinct times, newest first, usually nodes[0] == from; 1
/// to 8 of them):
///   noise: x_t = (a_t/a_s) x_s + (1 + eta) a_t INT eps drho,               variance eta a_t^2 (rho_s^2 -
///   rho_t^2) data:  x_t = (s_t/s_s) e^{-eta h} x_s + a_t INT D dy, y = e^{-(1+eta)(lam_t - lam)},  variance
///   s_t^2 (1 - e^{-2 eta h})
/// Sources: Zhang and Chen 2023, arXiv 2204.13902, eq. 1; Lu et al. 2022, arXiv 2211.01095.
///
/// Limits. A start at a = 0 and an end at s = 0 take the exact first-order limit (all on nodes[0] == from);
/// nodes whose variable is infinite are left out (weight 0). `order` says how many took part and `form` what
/// nodes[0] multiplies: a start at a = 0 needs D whatever rule.form says (and eta = 0 in the noise form,
/// whose limit with noise does not exist).
///
/// Pure; relative error below 1e-13 of the largest weight. Throws Error(numeric) naming what cannot be
/// integrated.
StepWeights weights(const Rule& rule, const Path& path, double from, double to,
                    std::span<const double> nodes);

}  // namespace ulam
