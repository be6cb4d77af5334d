// deis and pndm: what extrapolating eps saves, in which variable, and at what weights.
#include "ulam/problems/read_problem.h"
#include "ulam/reproduce/comparisons.h"
#include "ulam/reproduce/methods.h"

namespace ulam {
namespace {

Laboratory exponential_on(const char* grid, const ReproductionContext& context) {
  return Laboratory(named_problem("tp1"), grid, context);
}

}  // namespace

Reproduction reproduce_deis(const ReproductionContext& context) {
  Laboratory lab = exponential_on("time2", context);
  Reproduction out{"deis", "Zhang and Chen 2023, arXiv 2204.13902", {}, {}};
  const char* fewer =
      "Extrapolating eps takes few steps far: FID 4.17 at 10 evaluations, 2.86 at 20, CIFAR-10 (abstract).";
  const char* variable = "The polynomial in t is better than the one in rho.";
  for (const int steps : {5, 10, 20}) out.findings.push_back(lead_finding(lab, fewer, "deis", steps, "ddim"));
  for (const int steps : {5, 10, 20})
    out.findings.push_back(lead_finding(lab, variable, "deis", steps, "deis:variable=rho"));
  out.findings.push_back(
      lead_finding(lab, "Each degree is better than the one below.", "deis:degree=2", 10, "deis:degree=1"));
  out.findings.push_back(
      lead_finding(lab, "Each degree is better than the one below.", "deis", 10, "deis:degree=2"));
  out.findings.push_back(known_error(lab, "deis:degree=1", 10, .038, .0005));
  out.findings.push_back(known_error(lab, "deis:degree=2", 10, .016, .0005));
  out.findings.push_back(known_error(lab, "deis", 5, .069, .0005));
  out.findings.push_back(known_error(lab, "deis", 10, .0096, .00005));
  out.findings.push_back(known_error(lab, "deis", 20, .0012, .00005));
  out.findings.push_back(known_error(lab, "deis:variable=rho", 10, .044, .0005));
  out.findings.push_back(order_finding(lab, "deis:degree=1", 2, {40, 80, 160, 320}));
  out.findings.push_back(order_finding(lab, "deis:degree=2", 3, {80, 160, 320, 640}));
  out.findings.push_back(order_finding(lab, "rhork", 3, {40, 80, 160, 320}));
  out.findings.push_back(
      identity_finding(lab, "Linear multistep on x/a over s/a is the polynomial in rho (k-diffusion's lms).",
                       "lms", "deis:variable=rho"));
  out.spent = lab.spent();
  return out;
}

Reproduction reproduce_pndm(const ReproductionContext& context) {
  Laboratory lab = exponential_on("time2", context), uniform = exponential_on("rho", context),
             even = exponential_on("logsnr", context);
  Reproduction out{
      "pndm", "Liu et al. 2022, arXiv 2202.09778; Zhang and Chen 2023, arXiv 2204.13902", {}, {}};
  for (const int steps : {11, 20})
    out.findings.push_back(
        lead_finding(lab, "Pseudo-numerical steps beat ddim at equal evaluations (2202.09778, abstract).",
                     "pndm", steps, "ddim"));
  out.findings.push_back(lead_finding(
      lab, "Starting by lower orders is better than starting by Runge-Kutta where evaluations are few.",
      "ipndm", 20, "pndm"));
  out.findings.push_back(identity_finding(
      uniform, "On a grid uniform in s/a constant weights are the exact ones.", "ipndm", "lms"));
  out.findings.push_back(order_finding(even, "ipndm", 2, {80, 160, 320, 640}));
  out.spent = lab.spent();
  out.spent += uniform.spent();
  out.spent += even.spent();
  return out;
}

}  // namespace ulam
