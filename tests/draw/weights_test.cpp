#include "ulam/draw/weights.h"

#include "support.h"

#include <gtest/gtest.h>

namespace ulam::weights_test {
namespace {

using testing::all_paths;

// Composite rule on a fine geometric-in-lam subdivision: an independent, slow reference of INT f(t) dm.
double reference(const Rule& rule, const Path& path, double from, double to,
                 const std::function<double(double)>& f) {
  const double lam0 = path.half_log_snr(from), lam1 = path.half_log_snr(to);
  const double rho0 = path.rho(from), rho1 = path.rho(to);
  // Double-exponential rule in lam (noise and data measures are both smooth in it).
  const auto integrand = [&](double lam) {
    const double t = path.time_of_half_log_snr(lam);
    const double density =
        rule.form == Form::noise ? -std::exp(-lam) : (1 + rule.eta) * std::exp((1 + rule.eta) * (lam - lam1));
    return f(t) * density;
  };
  (void)rho0, (void)rho1;
  double sum = 0;
  const double h = 1. / 64;
  for (int k = -260; k <= 260; ++k) {
    const double u = k * h, e = std::exp(-M_PI / 2 * 2 * std::sinh(std::abs(u)));
    const double distance = e / (1 + e);  // from the nearer end, as a share
    const double w = M_PI * std::cosh(u) * e / ((1 + e) * (1 + e));
    const double lam = u < 0 ? lam0 + (lam1 - lam0) * distance : lam1 - (lam1 - lam0) * distance;
    sum += w * h * integrand(lam) * (lam1 - lam0);
  }
  return sum;
}

double coordinate(const Path& path, Variable v, double t) {
  return v == Variable::time ? t : v == Variable::rho ? path.rho(t) : path.half_log_snr(t);
}

TEST(Weights, IntegratePolynomialsBelowTheirOrderExactly) {
  for (const Path& path : {Path::vp(), Path::cosine(), Path::ve(), Path::edm(.1, 5), Path::flow(3)})
    for (Form form : {Form::noise, Form::data})
      for (Variable variable : {Variable::time, Variable::rho, Variable::half_log_snr})
        for (double eta : {0., .6, 1.})
          for (int order = 1; order <= 4; ++order) {
            const double span = path.t_noise() - path.t_data();
            const double from = path.t_data() + .5 * span, to = path.t_data() + .4 * span;
            std::vector<double> nodes;
            for (int j = 0; j < order; ++j) nodes.push_back(from + .07 * j * span);
            const Rule rule{.form = form, .variable = variable, .eta = eta};
            const StepWeights w = weights(rule, path, from, to, nodes);
            EXPECT_EQ(w.order, order);
            const double a = path.at(to).a, middle = coordinate(path, variable, from);
            const double unit = std::abs(coordinate(path, variable, to) - middle);
            for (int degree = 0; degree < order; ++degree) {
              const auto f = [&](double t) {
                return std::pow((coordinate(path, variable, t) - middle) / unit, degree);
              };
              double got = 0, size = 0;
              for (int j = 0; j < order; ++j) {
                got += w.of_nodes[j] * f(nodes[j]);
                size += std::abs(w.of_nodes[j] * f(nodes[j]));
              }
              const double want =
                  a * (form == Form::noise ? 1 + eta : 1) * reference(rule, path, from, to, f);
              EXPECT_NEAR(got, want, 1e-12 * std::max(size, std::abs(want)))
                  << path.json().dump() << " form " << int(form) << " variable " << int(variable) << " eta "
                  << eta << " order " << order << " degree " << degree;
            }
          }
}

TEST(Weights, DiscretePathsAreIntegratedAcrossTheirKinks) {
  std::vector<double> betas;
  for (int i = 0; i < 50; ++i) betas.push_back(.002 + .004 * i);
  const Path path = Path::discrete(betas);
  const std::vector<double> nodes{30.5, 37};
  const Rule rule{.form = Form::noise, .variable = Variable::time};
  const StepWeights w = weights(rule, path, 30.5, 22.25, nodes);
  // INT t drho, the trapezoid-free way: log a is linear in t between integers, so sum fine pieces by
  // many-point midpoint.
  double want = 0;
  for (int cell = 0; cell < 33; ++cell) {
    const double u = 30.5 - .25 * cell, v = u - .25;
    double inner = 0;  // by parts: [t rho] - INT rho dt, Simpson on 512 intervals
    for (int i = 0; i <= 512; ++i) {
      const double weight = i == 0 || i == 512 ? 1 : i % 2 ? 4 : 2;
      inner += weight * path.rho(u + (v - u) * i / 512);
    }
    want += v * path.rho(v) - u * path.rho(u) - inner * (v - u) / 512 / 3;
  }
  const double got = w.of_nodes[0] * nodes[0] + w.of_nodes[1] * nodes[1];
  EXPECT_NEAR(got, path.at(22.25).a * want, 1e-12 * std::abs(want));
}

TEST(Weights, RhoTwoNodesAreTheClosedFormOfTheSheet) {
  const Path path = Path::vp();
  const double t0 = .5, t1 = .4, t2 = .55;  // from, to, one back
  const std::vector<double> nodes{t0, t2};
  const StepWeights w = weights({.form = Form::noise, .variable = Variable::rho}, path, t0, t1, nodes);
  const double r = path.rho(t0), p = path.rho(t1), q = path.rho(t2), a = path.at(t1).a;
  EXPECT_NEAR(w.of_nodes[0], a * ((p - q) * (p - q) - (r - q) * (r - q)) / (2 * (r - q)), 1e-13);
  EXPECT_NEAR(w.of_nodes[1], a * (p - r) * (p - r) / (2 * (q - r)), 1e-13);
}

TEST(Weights, SecondOrderDataFormIsTheTaylorFormOfTheSheet) {
  const Path path = Path::vp();
  for (double eta : {0., .4, 1.}) {
    const std::vector<double> nodes{.5, .6};
    const StepWeights w = weights({.form = Form::data, .eta = eta}, path, .5, .4, nodes);
    const double h = path.half_log_snr(.4) - path.half_log_snr(.5),
                 h0 = path.half_log_snr(.5) - path.half_log_snr(.6);
    const double k = (1 + eta) * h, g = -std::expm1(-k), a = path.at(.4).a, s = path.at(.4).s;
    EXPECT_NEAR(w.of_x, s / path.at(.5).s * std::exp(-eta * h), 1e-14);
    EXPECT_NEAR(w.of_nodes[0] + w.of_nodes[1], a * g, 1e-14);
    EXPECT_NEAR(w.of_nodes[1], -a * (1 - g / k) * h / h0, 1e-13);
    EXPECT_NEAR(w.noise, s * std::sqrt(-std::expm1(-2 * eta * h)), 1e-14);
  }
}

TEST(Weights, NoiseFormWithFullNoiseIsTheSheets) {
  const Path path = Path::vp();
  const std::vector<double> nodes{.5};
  const StepWeights w = weights({.form = Form::noise, .eta = 1}, path, .5, .4, nodes);
  const double h = path.half_log_snr(.4) - path.half_log_snr(.5), s = path.at(.4).s;
  EXPECT_NEAR(w.of_x, path.at(.4).a / path.at(.5).a, 1e-14);
  EXPECT_NEAR(w.of_nodes[0], -2 * s * std::expm1(h), 1e-13);
  EXPECT_NEAR(w.noise, s * std::sqrt(std::expm1(2 * h)), 1e-13);
}

TEST(Weights, PosteriorOfTheNoisingChainAtFullEta) {
  for (const Path& path : all_paths()) {
    const double span = path.t_noise() - path.t_data(), from = path.t_data() + .6 * span,
                 to = path.t_data() + .3 * span;
    const Marginal s = path.at(from), t = path.at(to);
    // q(x_t | x_s, x0): precision form of N(x_t; a_t x0, s_t^2) times N(x_s; (a_s/a_t) x_t, s_s^2 -
    // (a_s/a_t)^2 s_t^2).
    const double c = s.a / t.a, forward = s.s * s.s - c * c * t.s * t.s;
    const double precision = 1 / (t.s * t.s) + c * c / forward;
    for (NoiseRule noise_rule : {NoiseRule::exponential, NoiseRule::ddim}) {
      const std::vector<double> nodes{from};
      const StepWeights w =
          weights({.form = Form::data, .eta = 1, .noise_rule = noise_rule}, path, from, to, nodes);
      EXPECT_NEAR(w.noise * w.noise, 1 / precision, 1e-12 / precision);
      EXPECT_NEAR(w.of_x, c / forward / precision, 1e-12);
      EXPECT_NEAR(w.of_nodes[0], t.a / (t.s * t.s) / precision, 1e-12);
      const StepWeights large =
          weights({.form = Form::data, .eta = 1, .noise_rule = noise_rule, .variance = Variance::large}, path,
                  from, to, nodes);
      EXPECT_NEAR(large.noise * large.noise, forward, 1e-12 * forward);
      EXPECT_EQ(large.of_x, w.of_x);
    }
  }
}

TEST(Weights, DdimEtaKeepsTheMarginalOfOnePointData) {
  const Path path = Path::vp();
  for (double eta : {.2, .7}) {
    const std::vector<double> nodes{.6};
    const StepWeights w =
        weights({.form = Form::data, .eta = eta, .noise_rule = NoiseRule::ddim}, path, .6, .3, nodes);
    const Marginal s = path.at(.6), t = path.at(.3);
    EXPECT_NEAR(w.of_x * s.a + w.of_nodes[0], t.a, 1e-14);
    EXPECT_NEAR(w.of_x * w.of_x * s.s * s.s + w.noise * w.noise, t.s * t.s, 1e-14);
    const double q = path.rho(.3) / path.rho(.6);
    EXPECT_NEAR(w.noise, eta * t.s * std::sqrt(1 - q * q), 1e-14);
  }
}

TEST(Weights, LimitsAtBothEndsAreExact) {
  const Path path = Path::flow();
  for (Variable variable : {Variable::time, Variable::rho, Variable::half_log_snr}) {
    const std::vector<double> start{1.}, end{.2, .4};
    for (Form form : {Form::noise, Form::data}) {
      const StepWeights a = weights({.form = form, .variable = variable}, path, 1, .8, start);
      EXPECT_EQ(a.form, Form::data);
      EXPECT_DOUBLE_EQ(a.of_x, .8);
      EXPECT_DOUBLE_EQ(a.of_nodes[0], path.at(.8).a);
      const StepWeights b = weights({.form = form, .variable = variable}, path, .2, 0, end);
      for (double v : b.of_nodes) EXPECT_TRUE(std::isfinite(v));
      if (form == Form::data) {
        EXPECT_EQ(b.of_x, 0);
        EXPECT_EQ(b.of_nodes[0], 1);
        EXPECT_EQ(b.of_nodes[1], 0);
      }
    }
  }
}

TEST(Weights, RefusesWhatCannotBeIntegrated) {
  const Path path = Path::flow();
  const auto text = [&](const Rule& rule, double from, double to, std::vector<double> nodes) {
    return testing::error_text([&] { weights(rule, path, from, to, nodes); });
  };
  EXPECT_NE(text({}, .5, .4, {}).find("0 nodes given, valid: 1 to 8"), std::string::npos);
  EXPECT_NE(text({}, .4, .5, {.4}).find("does not fall"), std::string::npos);
  EXPECT_NE(text({}, 0, .5, {.4}).find("s = 0"), std::string::npos);
  EXPECT_NE(text({.eta = -1}, .5, .4, {.5}).find("negative"), std::string::npos);
  EXPECT_NE(text({}, .5, .4, {.5, .5}).find("twice"), std::string::npos);
  EXPECT_NE(text({.form = Form::noise, .eta = 1}, 1, .4, {1.}).find("no limit"), std::string::npos);
}

// A derivative estimated from all nodes, with factor 1, is the interpolation polynomial's.
TEST(Taylor, FullEstimatesAreLagrange) {
  const Path path = Path::vp();
  const std::vector<double> nodes{.5, .6, .75, .9};
  for (Form form : {Form::data, Form::noise})
    for (Variable variable : {Variable::time, Variable::rho, Variable::half_log_snr}) {
      Rule rule;
      rule.form = form, rule.variable = variable;
      const StepWeights exact = weights(rule, path, .5, .4, nodes);
      rule.active = {3, 3, 3};
      const StepWeights taylor = weights(rule, path, .5, .4, nodes);
      for (std::size_t j = 0; j < nodes.size(); ++j)
        EXPECT_NEAR(taylor.of_nodes[j], exact.of_nodes[j], 1e-12);
    }
}
// USF's relaxations of DPM-Solver and UniPC as factors on the first derivative, in half-log-SNR.
TEST(Taylor, RelaxationsAreTheirClosedForms) {
  const Path path = Path::vp();
  const double h = path.half_log_snr(.4) - path.half_log_snr(.5),
               back = path.half_log_snr(.6) - path.half_log_snr(.5);
  const std::vector<double> nodes{.5, .6};
  Rule rule;
  const double exact = weights(rule, path, .5, .4, nodes).of_nodes[1];
  const double e = std::expm1(-h);
  rule.relax = Relaxation::midpoint;
  EXPECT_NEAR(weights(rule, path, .5, .4, nodes).of_nodes[1] / exact, -h / 2 * e / (e + h), 1e-12);
  rule.relax = Relaxation::b_h;
  EXPECT_NEAR(weights(rule, path, .5, .4, nodes).of_nodes[1] / exact, h * h / 2 / (e + h), 1e-12);
  rule.relax = Relaxation::linear, rule.relax_by = .3;
  EXPECT_NEAR(weights(rule, path, .5, .4, nodes).of_nodes[1] / exact, 1 + .3 * h, 1e-12);
  rule.relax = Relaxation::exponential, rule.relax_by = .5;
  EXPECT_NEAR(weights(rule, path, .5, .4, nodes).of_nodes[1] / exact, 1 + .5 * e, 1e-12);
  EXPECT_NEAR(exact, path.at(.4).a * (e + h) / back, 1e-12);
}
// ER-SDE: the closed form of the first-order step, and its variance.
TEST(Taylor, ExtendedNoiseRuleAtOrderOne) {
  const Path path = Path::edm();
  Rule rule;
  rule.eta = 1, rule.noise_rule = NoiseRule::extended, rule.variable = Variable::rho;
  const auto phi = [](double r) { return r * (std::exp(std::pow(r, .3)) + 10); };
  const std::vector<double> nodes{5};
  const StepWeights w = weights(rule, path, 5, 2, nodes);
  const double keep = phi(2) / phi(5);
  EXPECT_NEAR(w.of_x, keep, 1e-14);
  EXPECT_NEAR(w.of_nodes[0], 1 - keep, 1e-14);
  EXPECT_NEAR(w.noise * w.noise, 4 - 25 * keep * keep, 1e-12);
}
// The published integrals of ER-SDE-3, by a fine midpoint sum.
TEST(Taylor, ExtendedNoiseRuleAtOrderThree) {
  const Path path = Path::edm();
  Rule rule;
  rule.eta = 1, rule.noise_rule = NoiseRule::extended, rule.variable = Variable::rho, rule.active = {1, 2, 0};
  const auto phi = [](double r) { return r * (std::exp(std::pow(r, .3)) + 10); };
  const double s = 5, t = 2, s1 = 9, s2 = 20;
  double one = 0, two = 0;
  const int n = 200000;
  for (int i = 0; i < n; ++i) {
    const double r = t + (s - t) * (i + .5) / n;
    one += (s - t) / n / phi(r);
    two += (s - t) / n * (r - s) / phi(r);
  }
  const double of_first = (t - s) + one * phi(t), of_second = (t - s) * (t - s) / 2 + two * phi(t);
  // D' from one point back, D'' from two.
  const double b = of_first / (s - s1), c = 2 * of_second / (s - s2);
  const std::vector<double> nodes{s, s1, s2};
  const StepWeights w = weights(rule, path, s, t, nodes);
  EXPECT_NEAR(w.of_nodes[2], c / (s1 - s2), 1e-9);
  EXPECT_NEAR(w.of_nodes[1], -b - c / (s - s1) - c / (s1 - s2), 1e-9);
}

}  // namespace
}  // namespace ulam::weights_test
