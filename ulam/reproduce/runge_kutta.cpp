// euler, heun, midpoint, rk4: Runge-Kutta methods on x/a over s/a, their orders and what they cost.
#include "ulam/problems/problem.h"
#include "ulam/problems/read_problem.h"
#include "ulam/reproduce/comparisons.h"
#include "ulam/reproduce/methods.h"

namespace ulam {
namespace {

Reproduction start(const char* method, const char* paper) { return {method, paper, {}, {}}; }

Laboratory on_vp(const ReproductionContext& context) {
  return Laboratory(named_problem("tp1"), "time2", context);
}
Laboratory on_edm(const ReproductionContext& context) {
  return Laboratory(named_problem("tp1")->with_path(Path::edm()), "karras:final=clean", context);
}

}  // namespace

Reproduction reproduce_euler(const ReproductionContext& context) {
  Laboratory lab = on_vp(context);
  Reproduction out = start("euler", "Karras et al. 2022, arXiv 2206.00364");
  out.findings.push_back(order_finding(lab, "euler", 1, {20, 40, 80, 160, 320}));
  Finding same;
  same.claim = "In x/a over s/a Euler's method is DDIM (Song et al. 2021, arXiv 2010.02502, equation 14).";
  same.setting = lab.name() + ": RMS difference of the end points, 20 steps, 200 starts";
  same.baseline = "rounding";
  same.expected = {"bound", 1e-12, 0, "rounding of double", 0, ""};
  same.measured = lab.difference("euler", 20, "ddim", 20);
  same.evaluations = 20;
  out.findings.push_back(at_most(same));
  out.spent = lab.spent();
  return out;
}

Reproduction reproduce_heun(const ReproductionContext& context) {
  Laboratory vp = on_vp(context), edm = on_edm(context);
  Reproduction out = start("heun", "Karras et al. 2022, arXiv 2206.00364, algorithm 1");
  out.findings.push_back(order_finding(vp, "heun", 2, {20, 40, 80, 160, 320}));
  // Figure 2 of the paper: CIFAR-10 needs 35 evaluations, ImageNet-64 79.
  for (const int steps : {18, 40})
    out.findings.push_back(lead_finding(
        edm, "At the evaluations that the paper settles on, Heun's steps beat Euler's (section 3, figure 2).",
        "heun", steps, "euler"));
  out.spent = vp.spent();
  out.spent += edm.spent();
  return out;
}

Reproduction reproduce_midpoint(const ReproductionContext& context) {
  Laboratory vp = on_vp(context), edm = on_edm(context);
  Reproduction out = start("midpoint", "Runge 1895; on x/a over s/a: Zhang and Chen 2023, arXiv 2204.13902");
  out.findings.push_back(order_finding(vp, "midpoint", 2, {20, 40, 80, 160, 320}));
  out.findings.push_back(lead_finding(
      edm, "A second-order method beats a first-order one at equal evaluations.", "midpoint", 10, "euler"));
  out.spent = vp.spent();
  out.spent += edm.spent();
  return out;
}

Reproduction reproduce_rk4(const ReproductionContext& context) {
  Laboratory lab = on_vp(context);
  Reproduction out = start("rk4", "Kutta 1901; on x/a over s/a: Zhang and Chen 2023, arXiv 2204.13902");
  out.findings.push_back(order_finding(lab, "rk4", 4, {20, 40, 80, 160}));
  out.findings.push_back(lead_finding(
      lab, "Where many evaluations are paid for, the high order wins (table 2: rhoRK best at 50).", "rk4", 12,
      "heun"));
  out.findings.push_back(lead_finding(
      lab, "Where many evaluations are paid for, the high order wins (table 2: rhoRK best at 50).", "rk4", 12,
      "ddim"));
  out.spent = lab.spent();
  return out;
}

}  // namespace ulam
