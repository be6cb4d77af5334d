// ddpm and ddim: noise in every step against none.
#include <fmt/format.h>

#include "ulam/problems/read_problem.h"
#include "ulam/reproduce/methods.h"

namespace ulam {
namespace {

// The floor of two exact sets falls with the root of this; a thousand steps are paid for with fewer.
constexpr std::int64_t ancestral_rows = 200000, rows_of_many_steps = 50000;

Finding distances(const Laboratory& lab, const char* claim, const std::string& baseline, Figure expected,
                  std::int64_t baseline_cost, Figure measured, std::int64_t cost) {
  Finding f;
  f.claim = claim;
  f.setting = fmt::format("{}: W2 to {} exact samples", lab.name(), measured.rows);
  f.baseline = baseline;
  f.expected = std::move(expected);
  f.measured = std::move(measured);
  f.baseline_evaluations = baseline_cost;
  f.evaluations = cost;
  return f;
}

}  // namespace

Reproduction reproduce_ddpm(const ReproductionContext& context) {
  Laboratory lab(named_problem("tp1"), "time2", context);
  Reproduction out{"ddpm", "Ho, Jain and Abbeel 2020, arXiv 2006.11239", {}, {}};
  const Figure floor = lab.floor(rows_of_many_steps), many = lab.distance("ddpm", 1000, rows_of_many_steps),
               few = lab.distance("ddpm", 10, rows_of_many_steps),
               large = lab.distance("ddpm:variance=large", 1000, rows_of_many_steps);
  out.findings = {
      equal(
          distances(lab, "With 1000 steps ancestral sampling draws from the data's distribution (section 2).",
                    "two sets of exact samples", floor, 0, many, 1000),
          .005),
      smaller(distances(lab,
                        "It needs its many steps: 10 steps are far from it (the reason for DDIM, arXiv "
                        "2010.02502, table 1).",
                        "ddpm, 10 steps", few, 10, many, 1000)),
      equal(distances(
                lab, "Both choices of the reverse variance give similar results at 1000 steps (section 3.2).",
                "ddpm:variance=small, 1000 steps", many, 1000, large, 1000),
            .005),
  };
  out.spent = lab.spent();
  return out;
}

Reproduction reproduce_ddim(const ReproductionContext& context) {
  Laboratory lab(named_problem("tp1"), "time2", context);
  Reproduction out{"ddim", "Song, Meng and Ermon 2021, arXiv 2010.02502", {}, {}};
  for (const int steps : {10, 20, 50}) {
    const std::string n = std::to_string(steps);
    out.findings.push_back(
        smaller(distances(lab,
                          "In few steps the deterministic sampler (eta = 0) is better than the one with eta "
                          "= 1 (table 1: FID 13.4 against 41.1 "
                          "at 10 steps, 6.8 against 18.4 at 20, 4.7 against 8.0 at 50, CIFAR-10).",
                          "ddim:eta=1, " + n + " steps", lab.distance("ddim:eta=1", steps, ancestral_rows),
                          steps, lab.distance("ddim", steps, ancestral_rows), steps)));
  }
  Finding consistent;
  consistent.claim =
      "The same noise leads to nearly the same sample whatever the number of steps (section 5.2).";
  consistent.setting = lab.name() + ": RMS difference of 10 and 100 steps";
  consistent.baseline = "a quarter of the spread of samples from different noise";
  consistent.expected = {"bound", .25, 0, "a quarter of RMS 1", 200, ""};
  consistent.measured = lab.difference("ddim", 10, "ddim", 100);
  consistent.evaluations = 10;
  out.findings.push_back(at_most(consistent));
  Finding known;
  known.claim =
      "Trajectory error at 10 steps on the test problem of the solvers: 0.114 over 200 starts (own "
      "computation in double "
      "precision, independent of this code).";
  known.setting = lab.name() + ": RMSE to the exact ODE";
  known.baseline = "0.114";
  known.expected = {"trajectory", .114, 0, "published to three digits", 200, ""};
  known.measured = lab.trajectory("ddim", 10);
  known.evaluations = 10;
  out.findings.push_back(equal(known, .0005));
  out.spent = lab.spent();
  return out;
}

}  // namespace ulam
