// dpmpp and unipc: solvers in half-log-SNR, with and without a corrector.
#include <fmt/format.h>

#include "ulam/problems/read_problem.h"
#include "ulam/reproduce/comparisons.h"
#include "ulam/reproduce/methods.h"
#include "ulam/reproduce/toys.h"
#include "ulam/reproduce/trials.h"

namespace ulam {
namespace {

Laboratory on(const char* grid, const ReproductionContext& context) {
  return Laboratory(named_problem("tp1"), grid, context);
}

struct Known {
  const char* solver;
  int steps;
  double value, rounding;
};
void add_known(Laboratory& lab, const std::vector<Known>& all, Reproduction& out) {
  for (const Known& k : all) out.findings.push_back(known_error(lab, k.solver, k.steps, k.value, k.rounding));
}

// Two narrow classes, guided with weight w.
void add_guided(const ReproductionContext& context, Reproduction& out) {
  GaussianPair classes;
  classes.mean = 1, classes.variance = .04, classes.other_mean = -1, classes.other_variance = .04;
  classes.mixed = true;
  struct Case {
    double w;
    const char* solver;
    double value;
  };
  for (const Case& c : {Case{1, "ddim", .090},
                        {1, "dpmpp:lower=1000", .087},
                        {8, "ddim", .167},
                        {8, "dpmpp:lower=1000", .250},
                        {8, "dpm:kind=multi,lower=1000", .221}}) {
    const ModelPtr model = guided_gaussian(classes, c.w);
    Trials trials(model, model, "time", context);
    out.findings.push_back(known_finding(
        fmt::format("classes N(-1, .04) and N(1, .04), guidance {:g}, vp, grid time, 200 starts", c.w),
        fmt::format("{} at 10 steps under guidance {:g}", c.solver, c.w), c.value, .0005,
        trials.error(c.solver, 10), 10));
    out.spent += trials.spent();
  }
}

}  // namespace

Reproduction reproduce_dpmpp(const ReproductionContext& context) {
  Laboratory time2 = on("time2", context), even = on("logsnr", context);
  Reproduction out{"dpmpp", "Lu et al. 2022, arXiv 2211.01095 and 2206.00927", {}, {}};
  for (const int steps : {5, 10, 20})
    out.findings.push_back(lead_finding(
        time2, "Second order in few steps: 15 to 20 evaluations where ddim takes 100 to 250 (abstract).",
        "dpmpp", steps, "ddim"));
  out.findings.push_back(
      lead_finding(time2, "20 evaluations are as good as 100 of ddim (abstract).", "dpmpp", 20, "ddim", 100));
  add_known(time2,
            {{"dpmpp:lower=1000", 5, .056, .0005},
             {"dpmpp:lower=1000", 10, .025, .0005},
             {"dpmpp:lower=1000", 20, .0053, .00005},
             {"dpmpp:order=3,lower=1000", 10, .032, .0005},
             {"dpmpp:order=3,lower=1000", 20, .0090, .00005},
             {"dpmpp:order=3,legacy,lower=1000", 20, .0060, .00005}},
            out);
  add_known(even,
            {{"dpmpp:lower=1000", 5, .130, .0005},
             {"dpmpp:lower=1000", 10, .045, .0005},
             {"dpmpp:order=3,lower=1000", 10, .072, .0005}},
            out);
  out.findings.push_back(order_finding(even, "dpmpp", 2, {80, 160, 320}));
  out.findings.push_back(order_finding(even, "dpmpp:order=3", 3, {160, 320, 640}));
  out.findings.push_back(order_finding(even, "dpmpp:order=3,legacy", 2, {160, 320, 640}));
  out.findings.push_back(order_finding(even, "dpmpp:kind=inner,order=3", 3, {80, 160, 320}));
  out.findings.push_back(order_finding(even, "dpm:order=3", 3, {90, 180, 360}));
  out.findings.push_back(identity_finding(even, "The refined exponential solver is the same method.", "res",
                                          "dpmpp:variant=heun"));
  add_guided(context, out);
  out.spent += time2.spent();
  out.spent += even.spent();
  return out;
}

Reproduction reproduce_unipc(const ReproductionContext& context) {
  Laboratory time2 = on("time2", context), even = on("logsnr", context);
  Reproduction out{"unipc", "Zhao et al. 2023, arXiv 2302.04867", {}, {}};
  for (const int steps : {6, 8, 10})
    out.findings.push_back(
        lead_finding(even, "Better than DPM-Solver++ of the same order within ten steps (abstract).",
                     "unipc:order=2", steps, "dpmpp"));
  out.findings.push_back(
      lead_finding(even, "The corrector makes a solver more accurate for no evaluation (abstract).",
                   "unipc:order=2", 10, "unipc:order=2,corrector=off"));
  add_known(time2,
            {{"unipc:order=2,lower=1000", 5, .040, .0005},
             {"unipc:order=2,lower=1000", 10, .031, .0005},
             {"unipc:order=2,lower=1000", 20, .0030, .00005},
             {"unipc:order=3,lower=1000", 10, .028, .0005},
             {"unipc:order=3,lower=1000", 20, .0046, .00005}},
            out);
  add_known(even,
            {{"unipc:order=2,lower=1000", 5, .116, .0005},
             {"unipc:order=2,lower=1000", 10, .035, .0005},
             {"unipc:order=2,lower=1000", 20, .0057, .00005}},
            out);
  out.findings.push_back(order_finding(even, "unipc:order=1", 2, {80, 160, 320}));
  out.findings.push_back(order_finding(even, "unipc:order=2", 3, {80, 160, 320}));
  out.findings.push_back(order_finding(even, "unipc:order=2,corrector=off", 2, {80, 160, 320}));
  out.spent = time2.spent();
  out.spent += even.spent();
  return out;
}

}  // namespace ulam
