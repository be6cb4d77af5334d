#pragma once
// One step of an exponential integrator as numbers: exact integrals of interpolation polynomials against the
// path's kernel.
#include <array>
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
/// Both are the posterior step of DDPM at order 1, data form, eta = 1. extended: the reverse SDE whose drift
/// keeps the share phi(rho_t)/phi(rho_s) of x/a, phi = rho (exp(rho^0.3) + 10) (Cui et al. 2023, arXiv
/// 2309.06169, ER-SDE 5); data form, any eta > 0 means the same.
enum class NoiseRule { exponential, ddim, extended };
/// Deviation of the noise at eta = 1, order 1: `small` is the posterior's, `large` the forward kernel's (Ho
/// et al. 2020, arXiv 2006.11239, section 3.2). The mean is the same.
enum class Variance { small, large };

/// A factor on the first-derivative term, 1 + O(h), in the units of the rule's variable u. none: the exact
/// integral. midpoint: f at the middle of the step takes its place (DPM-Solver++ 2M, UniPC's bh2); b_h: the
/// same with h for e^h - 1 (UniPC's bh1); these two act on two nodes only, where they are second order.
/// linear: 1 + relax_by h; exponential: 1 + relax_by (e^{k} - 1), k = -(1 + eta) h for data, (1 + eta) h for
/// noise; both on any number of nodes (Liu et al. 2023, arXiv 2312.07243, section 3).
enum class Relaxation { none, midpoint, b_h, linear, exponential };

struct Rule {
  Form form = Form::data;
  Variable variable = Variable::half_log_snr;
  double eta = 0;
  NoiseRule noise_rule = NoiseRule::exponential;
  Variance variance = Variance::small;
  Relaxation relax = Relaxation::none;
  double relax_by = 0;
  /// Nodes besides the first that estimate derivative i + 1, newest first; 0 = all there are (then, for all
  /// derivatives, the method is the integral of one interpolation polynomial).
  std::array<int, 3> active{};
  /// Factor on the second-derivative term. 1/2 is the form that DPM-Solver++(3M) was published and copied
  /// with: it is second order only.
  double second = 1;
  /// Constant weights of the Adams-Bashforth family instead of integrals: adams() of as many nodes as there
  /// are, times the first-order weight. Right on grids uniform in rho, at most second order elsewhere.
  bool constant = false;
  double damping = 1;  // beta of adams()
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
/// With relax, active or second set, f is its Taylor polynomial at nodes[0] instead, sum f^(i) (u - u_0)^i /
/// i!, with every derivative estimated from its own nodes and weighed by its factor.
///
/// Pure; relative error below 1e-13 of the largest weight. Throws Error(numeric) naming what cannot be
/// integrated.
StepWeights weights(const Rule& rule, const Path& path, double from, double to,
                    std::span<const double> nodes);

/// Weights of GHVB of order `nodes` (1 to 5) on the damped stream v' = (1 - beta) v + beta f, newest first;
/// beta = 1 is Adams-Bashforth (Wizadwongsa et al. 2023, arXiv 2307.11118, eq. 12). They sum to 1.
std::vector<double> adams(int nodes, double beta = 1);

}  // namespace ulam
