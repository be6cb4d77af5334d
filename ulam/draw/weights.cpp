#include "ulam/draw/weights.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ulam/base/error.h"
#include "ulam/draw/basis.h"
#include "ulam/draw/quadrature.h"

namespace ulam {
namespace {

constexpr const char* weights_place = "weights";

double coordinate(const Path& path, Variable variable, double t) {
  switch (variable) {
    case Variable::time:
      return t;
    case Variable::rho:
      return path.rho(t);
    case Variable::half_log_snr:
      return path.half_log_snr(t);
  }
  return t;
}

bool plain(const Rule& rule) {
  return rule.relax == Relaxation::none && rule.second == 1 && rule.active == std::array<int, 3>{};
}

// Every derivative from its own nodes, times its factor.
void make_taylor(const Rule& rule, double first_factor, Basis& basis) {
  basis.taylor = true;
  for (std::size_t i = 1; i < basis.size; ++i) {
    std::size_t others = basis.size - 1;
    if (i <= rule.active.size() && rule.active[i - 1] > 0)
      others = std::clamp(static_cast<std::size_t>(rule.active[i - 1]), i, others);
    const Square c = lagrange_coefficients(basis, others + 1);
    const double factor = i == 1 ? first_factor : i == 2 ? rule.second : 1;
    for (std::size_t j = 1; j <= others; ++j) basis.of[j][i] = factor * c[j][i];
  }
}

// phi of the extended rule, and rho phi'.
double phi(double rho) { return rho * (std::exp(std::pow(rho, 0.3)) + 10); }
double phi_slope(double rho) {
  const double p = std::pow(rho, 0.3);
  return rho * (std::exp(p) * (1 + 0.3 * p) + 10);
}

struct Ends {
  Marginal from, to;
  double ratio;  // e^{-h} = rho_to / rho_from
  double keep;   // factor on s_to eps that stays: e^{-eta h}
  double eta;    // of the exponential rule
  bool extended = false;

  // The measure of the data form less its value 1 at the end, and its density in lam.
  double measure(double lam, double lam_to) const {
    if (extended) return phi(std::exp(-lam_to)) / phi(std::exp(-lam)) - 1;
    return std::expm1((1 + eta) * (lam - lam_to));
  }
  double density(double lam, double lam_to) const {
    if (!extended) return (1 + eta) * std::exp((1 + eta) * (lam - lam_to));
    const double rho = std::exp(-lam), p = phi(rho);
    return phi(std::exp(-lam_to)) * phi_slope(rho) / (p * p);
  }
};

// INT L_j dm over the step for the measure m = y (data) or rho (noise); m by its value at a time, so that no
// derivative of the path is needed: by parts, INT L dm = [L m] - INT m L' dt with m = 0 at the end.
Values integrate_in_time(const Rule& rule, const Path& path, const Ends& ends, double from, double to,
                         const Basis& basis) {
  const double lam_to = path.half_log_snr(to), rho_to = path.rho(to);
  const auto measure = [&](double t) {
    if (rule.form == Form::noise) return path.rho(t) - rho_to;
    return ends.measure(path.half_log_snr(t), lam_to);
  };
  const auto integrand = [&](double t, Values& value) {
    basis.slopes(t, value);
    const double m = measure(t);
    for (std::size_t j = 0; j < basis.size; ++j) value[j] *= m;
  };
  const double m_from = measure(from);
  Values inner{}, first{};
  basis.values(from, first);
  const double tolerance = 1e-15 * std::abs(m_from);
  if (path.table_size() > 0) {  // kinks at the integers
    double begin = from;
    const double sign = to < from ? -1 : 1;
    while (begin != to) {
      double end = sign < 0 ? std::ceil(begin) - 1 : std::floor(begin) + 1;
      if ((end - to) * sign > 0) end = to;
      integrate_adaptive(integrand, begin, end, tolerance, inner);
      begin = end;
    }
  } else {
    integrate_adaptive(integrand, from, to, tolerance, inner);
  }
  Values out{};
  for (std::size_t j = 0; j < basis.size; ++j) out[j] = -first[j] * m_from - inner[j];
  return out;
}

// The same in lam, where the measure is an exponential; pieces of length at most 1 leave 16 points with
// rounding only.
Values integrate_in_lam(const Rule& rule, const Path& path, const Ends& ends, double from, double to,
                        const Basis& basis) {
  const double lam_from = path.half_log_snr(from), lam_to = path.half_log_snr(to);
  const auto integrand = [&](double lam, Values& value) {
    basis.values(rule.variable == Variable::rho ? std::exp(-lam) : lam, value);
    const double density = rule.form == Form::noise ? -std::exp(-lam) : ends.density(lam, lam_to);
    for (std::size_t j = 0; j < basis.size; ++j) value[j] *= density;
  };
  const int pieces = static_cast<int>(std::ceil((1 + ends.eta) * std::abs(lam_to - lam_from))) + 1;
  Values sum{};
  for (int i = 0; i < pieces; ++i) {
    const double u = lam_from + (lam_to - lam_from) * i / pieces;
    const double v = i + 1 == pieces ? lam_to : lam_from + (lam_to - lam_from) * (i + 1) / pieces;
    integrate_piece(integrand, u, v, sum);
  }
  return sum;
}

Values integrate(const Rule& rule, const Path& path, const Ends& ends, double from, double to,
                 const Basis& basis) {
  if (rule.variable == Variable::time) return integrate_in_time(rule, path, ends, from, to, basis);
  if (rule.variable == Variable::rho && rule.form == Form::noise) {
    Values sum{};
    integrate_piece([&](double rho, Values& value) { basis.values(rho, value); }, path.rho(from),
                    path.rho(to), sum);
    return sum;
  }
  return integrate_in_lam(rule, path, ends, from, to, basis);
}

// The part of the rule that has a factor on x and a deviation, and the scale and total of the integral.
void fill_linear_part(const Rule& rule, const Ends& ends, StepWeights& out, double& scale, double& total) {
  const auto& [from, to, ratio, keep, eta, extended] = ends;
  if (out.form == Form::data) {
    out.of_x = to.s / from.s * keep;
    scale = to.a;
    total = 1 - keep * ratio;
    out.noise = eta > 0 ? to.s * std::sqrt(std::max(0.0, 1 - keep * keep)) : 0;
    if (rule.variance == Variance::large && to.s > 0 && rule.eta > 0) {
      const double back = from.a / to.a * to.s;
      out.noise = rule.eta * std::sqrt(std::max(0.0, (from.s - back) * (from.s + back)));
    }
  } else {
    const double rho_from = from.s / from.a, rho_to = to.s / to.a;
    out.of_x = to.a / from.a;
    scale = (1 + eta) * to.a;
    total = rho_to - rho_from;
    out.noise = to.a * std::sqrt(eta * std::max(0.0, (rho_from - rho_to) * (rho_from + rho_to)));
  }
}

Ends step_ends(const Rule& rule, const Path& path, double from, double to) {
  Ends e{path.at(from), path.at(to), 0, 1, rule.eta};
  if (!(e.from.s > 0))
    fail(ErrorKind::numeric, weights_place, "a step cannot start at time {} where s = 0", from);
  if (!(e.to.a > 0)) fail(ErrorKind::numeric, weights_place, "a step cannot end at time {} where a = 0", to);
  e.ratio = e.to.s / e.from.s * (e.from.a / e.to.a);
  if (!(e.ratio < 1))
    fail(ErrorKind::numeric, weights_place, "the step from time {} to {} does not fall in noise", from, to);
  if (rule.eta > 0 && rule.noise_rule == NoiseRule::extended) {
    const double rho_from = e.from.s / e.from.a, rho_to = e.to.s / e.to.a;
    e.extended = true;
    e.keep = 0;  // from a = 0
    if (std::isfinite(rho_from))
      e.keep = (std::exp(std::pow(rho_to, 0.3)) + 10) / (std::exp(std::pow(rho_from, 0.3)) + 10);
  } else if (rule.eta > 0) {
    if (rule.noise_rule == NoiseRule::ddim)
      e.keep = std::sqrt(std::max(0.0, 1 - rule.eta * rule.eta * (1 - e.ratio) * (1 + e.ratio)));
    else
      e.keep = std::pow(e.ratio, rule.eta);
    if (rule.eta == 1) e.keep = e.ratio;
    if (rule.noise_rule == NoiseRule::ddim && e.ratio > 0) e.eta = std::log(e.keep) / std::log(e.ratio);
  }
  return e;
}

// The weights of all nodes but the first, less the scale.
Values shares(const Rule& rule, const Path& path, const Ends& ends, double from, double to, double total,
              Basis& basis) {
  Values out{};
  if (rule.constant) {
    const std::vector<double> c = adams(static_cast<int>(basis.size), rule.damping);
    for (std::size_t j = 1; j < basis.size; ++j) out[j] = total * c[j];
    return out;
  }
  const double h = -std::log(ends.ratio);
  if (basis.size == 2 && (rule.relax == Relaxation::midpoint || rule.relax == Relaxation::b_h)) {
    double whole = total;
    if (rule.relax == Relaxation::b_h)
      whole = (1 + ends.eta) * h * (rule.form == Form::data ? 1 : -ends.to.s / ends.to.a / (1 + ends.eta));
    out[1] = whole * (coordinate(path, rule.variable, to) - basis.at[0]) / 2 / (basis.at[1] - basis.at[0]);
    return out;
  }
  if (!plain(rule)) {
    double factor = 1;
    if (rule.relax == Relaxation::linear) factor = 1 + rule.relax_by * h;
    if (rule.relax == Relaxation::exponential)
      factor = 1 + rule.relax_by * std::expm1((rule.form == Form::data ? -1 : 1) * (1 + ends.eta) * h);
    make_taylor(rule, factor, basis);
  }
  return integrate(rule, path, ends, from, to, basis);
}

}  // namespace

StepWeights weights(const Rule& rule, const Path& path, double from, double to,
                    std::span<const double> nodes) {
  if (nodes.empty() || nodes.size() > max_nodes)
    fail(ErrorKind::numeric, weights_place, "{} nodes given, valid: 1 to {}", nodes.size(), max_nodes);
  if (!(rule.eta >= 0)) fail(ErrorKind::numeric, weights_place, "eta {} is negative", rule.eta);
  if (rule.noise_rule == NoiseRule::extended && rule.form != Form::data)
    fail(ErrorKind::numeric, weights_place, "the extended noise rule needs the data form");
  const Ends ends = step_ends(rule, path, from, to);
  const bool pure_start = ends.from.a == 0, clean_end = ends.to.s == 0;

  StepWeights out;
  out.of_nodes.assign(nodes.size(), 0.0);
  out.form = rule.form;
  if (rule.form == Form::noise) {
    if (pure_start && rule.eta > 0)
      fail(ErrorKind::numeric, weights_place,
           "the noise form with eta {} has no limit where a = 0 (time {}); use the data form or eta = 0",
           rule.eta, from);
    if (pure_start || (clean_end && rule.eta > 0)) out.form = Form::data;
  }
  double scale = 1, total = 0;
  fill_linear_part(rule, ends, out, scale, total);

  const bool first_order_limit =
      out.form != rule.form || pure_start ||
      (clean_end && (rule.form == Form::data || rule.variable == Variable::half_log_snr));
  Basis basis;
  std::array<std::size_t, max_nodes> origin{};
  if (!first_order_limit)
    for (std::size_t j = 0; j < nodes.size(); ++j) {
      const double u = coordinate(path, rule.variable, nodes[j]);
      if (!std::isfinite(u)) continue;
      for (std::size_t k = 0; k < basis.size; ++k)
        if (basis.at[k] == u)
          fail(ErrorKind::numeric, weights_place, "node time {} is given twice", nodes[j]);
      origin[basis.size] = j;
      basis.at[basis.size++] = u;
    }
  out.order = std::max(1, static_cast<int>(basis.size));
  if (basis.size <= 1) {
    out.of_nodes[basis.size == 1 ? origin[0] : 0] = scale * total;
    return out;
  }
  const Values integral = shares(rule, path, ends, from, to, total, basis);
  double rest = total;  // the basis sums to 1: the closed form of the whole fixes the first weight
  for (std::size_t j = 1; j < basis.size; ++j) {
    out.of_nodes[origin[j]] = scale * integral[j];
    rest -= integral[j];
  }
  out.of_nodes[origin[0]] = scale * rest;
  return out;
}

std::vector<double> adams(int nodes, double beta) {
  constexpr std::array<double, 5> gamma{1, 1. / 2, 5. / 12, 3. / 8, 251. / 720};
  if (nodes < 1 || nodes > static_cast<int>(gamma.size()))
    fail(ErrorKind::option, weights_place, "Adams-Bashforth weights of {} nodes, valid: 1 to {}", nodes,
         gamma.size());
  if (!(beta > 0 && beta <= 1)) fail(ErrorKind::option, weights_place, "beta {} is not in (0, 1]", beta);
  std::vector<double> out(static_cast<std::size_t>(nodes), 0.0);
  std::vector<double> difference{1};  // of order i, by the newest
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double g = gamma[i] + (i == 0 ? 0 : gamma[i - 1] * (1 - beta) / beta);
    for (std::size_t j = 0; j <= i; ++j) out[j] += g * difference[j];
    difference.push_back(0);
    for (std::size_t j = i + 1; j > 0; --j) difference[j] -= difference[j - 1];
  }
  return out;
}

}  // namespace ulam
