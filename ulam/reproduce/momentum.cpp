// momentum: ghvb and heavy ball on guided Gaussians, where stiff steps overshoot.
#include <fmt/format.h>

#include "ulam/reproduce/comparisons.h"
#include "ulam/reproduce/methods.h"
#include "ulam/reproduce/toys.h"
#include "ulam/reproduce/trials.h"

namespace ulam {
namespace {

struct Column {
  const char* solver;
  double value, rounding;
};
struct Case {
  double w;
  int steps;
  std::vector<Column> columns;
};

}  // namespace

Reproduction reproduce_momentum(const ReproductionContext& context) {
  Reproduction out{"momentum", "Wizadwongsa et al. 2024, arXiv 2307.11118", {}, {}};
  const char *plms = "ipndm", *mild = "ghvb:order=4,beta=0.8", *strong = "ghvb:order=4,beta=0.5",
             *ball = "ipndm+hb:beta=0.8", *heavy = "ipndm+hb:beta=0.5", *second = "dpmpp:lower=1000",
             *second_ball = "dpmpp:lower=1000+hb:beta=0.8";
  const std::vector<Case> cases = {{8,
                                    8,
                                    {{plms, 6.1, .05},
                                     {mild, 4.7, .05},
                                     {strong, 2.9, .05},
                                     {ball, 2.5, .05},
                                     {second, 4.35, .005},
                                     {second_ball, 3.2, .05},
                                     {"ddim", 3.4, .05}}},
                                   {8,
                                    12,
                                    {{plms, 1.68, .005},
                                     {mild, 1.36, .005},
                                     {strong, .78, .005},
                                     {ball, 1.22, .005},
                                     {heavy, .55, .005},
                                     {second, 2.44, .005},
                                     {second_ball, 1.49, .005},
                                     {"ddim", .31, .005}}},
                                   {2,
                                    12,
                                    {{plms, .041, .0005},
                                     {mild, .046, .0005},
                                     {strong, .054, .0005},
                                     {ball, .064, .0005},
                                     {heavy, .088, .0005},
                                     {"ddim", .131, .0005}}}};
  for (const Case& c : cases) {
    const ModelPtr model = guided_gaussian({}, c.w);
    Trials trials(model, model, "time", context);
    const std::string setting = fmt::format(
        "N(1, .02) guided from N(0, .5) with weight {:g}, vp, grid time, {} steps: RMSE to the exact guided "
        "ODE, 200 starts",
        c.w, c.steps);
    for (const Column& k : c.columns)
      out.findings.push_back(
          known_finding(setting, fmt::format("{} at guidance {:g}, {} steps", k.solver, c.w, c.steps),
                        k.value, k.rounding, trials.error(k.solver, c.steps), c.steps));
    const auto compare = [&](const char* claim, const char* method, const char* baseline) {
      Finding f;
      f.claim = claim;
      f.setting = setting;
      f.baseline = baseline;
      f.expected = trials.error(baseline, c.steps);
      f.measured = trials.error(method, c.steps);
      f.baseline_evaluations = f.evaluations = c.steps;
      out.findings.push_back(smaller(f));
    };
    if (c.w == 8) {
      const char* claim = "Momentum mitigates divergence at large guidance and few steps (abstract).";
      compare(claim, mild, plms);
      compare(claim, strong, mild);
      compare(claim, ball, plms);
      compare(claim, second_ball, second);
    } else {
      const char* claim = "Where nothing diverges it costs accuracy: the host alone is better.";
      compare(claim, plms, mild);
      compare(claim, mild, ball);
    }
    out.spent += trials.spent();
  }
  return out;
}

}  // namespace ulam
