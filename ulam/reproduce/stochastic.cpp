// sa and er: stochastic solvers against ancestral sampling, by the distance of their samples to exact ones.
#include <fmt/format.h>

#include "ulam/problems/read_problem.h"
#include "ulam/reproduce/comparisons.h"
#include "ulam/reproduce/methods.h"

namespace ulam {
namespace {

constexpr std::int64_t stochastic_rows = 50000;

Finding nearer(Laboratory& lab, const char* claim, const std::string& method, const std::string& baseline,
               int steps) {
  Finding f;
  f.claim = claim;
  f.setting = fmt::format("{}: W2 of {} to {} exact samples", lab.name(), method, stochastic_rows);
  f.baseline = fmt::format("{}, {} steps", baseline, steps);
  f.expected = lab.distance(baseline, steps, stochastic_rows);
  f.measured = lab.distance(method, steps, stochastic_rows);
  f.baseline_evaluations = lab.cost(baseline, steps);
  f.evaluations = lab.cost(method, steps);
  return smaller(f);
}

}  // namespace

Reproduction reproduce_sa(const ReproductionContext& context) {
  Laboratory lab(named_problem("tp1"), "logsnr", context);
  Reproduction out{"sa", "Xue et al. 2023, arXiv 2309.05019", {}, {}};
  const char* claim = "Stochastic Adams steps need far fewer evaluations than first-order ones.";
  for (const int steps : {10, 20, 40}) out.findings.push_back(nearer(lab, claim, "sa", "ddpm", steps));
  out.findings.push_back(
      nearer(lab, "More nodes help also where noise is added.", "sa", "sa:order=1,corrector=0", 20));
  out.findings.push_back(nearer(lab, "The corrector helps.", "sa", "sa:corrector=0", 20));
  out.findings.push_back(identity_finding(lab, "Without noise it is UniPC with exact integrals.",
                                          "sa:tau=0,order=2,corrector=2",
                                          "unipc:order=2,variant=exact,lower=0"));
  out.spent = lab.spent();
  return out;
}

Reproduction reproduce_er(const ReproductionContext& context) {
  Laboratory lab(named_problem("tp1")->with_path(Path::edm()), "karras:final=clean", context);
  Reproduction out{"er", "Cui et al. 2023, arXiv 2309.06169", {}, {}};
  const char* claim =
      "Less noise near the data makes a stochastic solver good in 20 to 30 evaluations (abstract).";
  for (const int steps : {20, 30}) out.findings.push_back(nearer(lab, claim, "er", "euler-ancestral", steps));
  out.findings.push_back(nearer(lab, "The third order is better than the first.", "er", "er:order=1", 20));
  out.findings.push_back(identity_finding(
      lab, "Euler ancestral steps are posterior steps (arXiv 2010.02502).", "euler-ancestral", "ddpm"));
  out.findings.push_back(
      identity_finding(lab, "Without noise they are Euler's.", "euler-ancestral:eta=0", "euler"));
  out.spent = lab.spent();
  return out;
}

}  // namespace ulam
