// exp: the exponential integrator of first order, and the solvers that it contains.
#include <fmt/format.h>

#include "ulam/problems/read_problem.h"
#include "ulam/reproduce/methods.h"

namespace ulam {
namespace {

Finding same(Laboratory& lab, const char* claim, const std::string& a, const std::string& b) {
  Finding f;
  f.claim = claim;
  f.setting = fmt::format("{}: RMS difference of {} and {}, 20 steps, 200 starts", lab.name(), a, b);
  f.baseline = "rounding";
  f.expected = {"bound", 1e-12, 0, "rounding of double", 0, ""};
  f.measured = lab.difference(a, 20, b, 20);
  f.evaluations = 20;
  return at_most(f);
}

}  // namespace

Reproduction reproduce_exp(const ReproductionContext& context) {
  Laboratory lab(named_problem("tp1"), "time2", context);
  Reproduction out{"exp", "Lu et al. 2022, arXiv 2206.00927 and 2211.01095", {}, {}};
  out.findings = {
      same(lab, "The first-order solver in the noise prediction is DDIM (2206.00927, section 4.1).",
           "exp:prediction=noise", "ddim"),
      same(lab, "The first-order solver in the data prediction is DDIM (2211.01095, section 4).", "exp",
           "ddim"),
      same(lab,
           "Its stochastic form with eta = 1 is ancestral sampling with the posterior variance (2211.01095, "
           "section 5).",
           "exp:eta=1", "ddpm"),
  };
  Finding order;
  order.claim = "It is of first order.";
  order.setting = lab.name() + ": slope over 20 to 320 steps, 200 starts";
  order.baseline = "order 1";
  order.expected = {"order", 1, 0, "theory", 0, ""};
  order.measured = lab.order("exp:prediction=noise", {20, 40, 80, 160, 320});
  order.evaluations = 320;
  out.findings.push_back(equal(order, .2));
  out.spent = lab.spent();
  return out;
}

}  // namespace ulam
