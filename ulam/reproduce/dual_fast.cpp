// dualfast: extrapolation away from an earlier prediction, in few and in more steps, and with a model that
// is wrong on purpose.
#include <fmt/format.h>

#include "ulam/problems/read_problem.h"
#include "ulam/reproduce/comparisons.h"
#include "ulam/reproduce/methods.h"
#include "ulam/reproduce/toys.h"
#include "ulam/reproduce/trials.h"

namespace ulam {
namespace {

std::string edited(const std::string& host, const char* tau, double c) {
  return fmt::format("{}+dualfast:c={:g},tau={}", host, c, tau);
}

}  // namespace

Reproduction reproduce_dualfast(const ReproductionContext& context) {
  Laboratory lab(named_problem("tp1"), "time", context);
  Reproduction out{"dualfast", "arXiv 2506.13058", {}, {}};
  const std::string second = "dpmpp:lower=1000";  // order 1 on the last step
  struct Case {
    std::string host;
    int steps;
    double c, plain, previous, first;
  };
  for (const Case& k : {Case{"ddim", 5, .3, .270, .166, .138},
                        {"ddim", 10, .3, .129, .078, .053},
                        {"ddim", 20, .3, .065, .040, .075},
                        {second, 5, .4, .225, .117, .090},
                        {second, 8, .4, .088, .078, .113},
                        {second, 15, .4, .054, .085, .179}}) {
    out.findings.push_back(known_error(lab, k.host, k.steps, k.plain, .0005));
    out.findings.push_back(known_error(lab, edited(k.host, "previous", k.c), k.steps, k.previous, .0005));
    out.findings.push_back(known_error(lab, edited(k.host, "first", k.c), k.steps, k.first, .0005));
  }
  const char* gain = "Better than its host at extremely few steps, for no evaluation (abstract).";
  for (const int steps : {5, 8})
    for (const char* host : {"ddim", second.c_str()})
      out.findings.push_back(lead_finding(lab, gain, edited(host, "previous", .3), steps, host));
  out.findings.push_back(
      identity_finding(lab, "With strength 0 nothing changes.", second, second + "+dualfast:c=0"));

  // The premise: eps is worse at low noise, and an error of the one sign is what the edit removes.
  const ProblemPtr exact = named_problem("tp1")->with_head(Head{Prediction::noise, .5});
  struct Wrong {
    double by, plain, previous, first;
  };
  Figure gains[2];
  for (const Wrong& w : {Wrong{.03, .108, .085, .073}, {-.03, .070, .061, .069}}) {
    Trials trials(with_low_noise_error(exact, w.by), exact, "time", context);
    const std::string setting =
        fmt::format("tp1 with eps times 1 {:+g} (1 - t), grid time, 8 steps, 200 starts", w.by);
    const auto at = [&](const std::string& solver, double value) {
      const Figure f = trials.error(solver, 8);
      out.findings.push_back(known_finding(setting, fmt::format("{} on the wrong model", solver), value,
                                           .0005, f, trials.cost(solver, 8)));
      return f;
    };
    const Figure plain = at(second, w.plain);
    at(edited(second, "previous", .2), w.previous);
    const Figure first = at(edited(second, "first", .2), w.first);
    gains[w.by < 0] = {"share",
                       first.value / plain.value,
                       first.value / plain.value * (plain.error + first.error) / plain.value,
                       "both errors",
                       200,
                       ""};
    out.spent += trials.spent();
  }
  Finding sign;
  sign.claim =
      "It removes an error of the network, not of discretisation alone: an error of the sign it "
      "removes gains more than one of the other.";
  sign.setting = "tp1 with eps times 1 +- .03 (1 - t), grid time, 8 steps: error with the edit over without";
  sign.baseline = "the other sign";
  sign.expected = gains[1];
  sign.measured = gains[0];
  sign.baseline_evaluations = sign.evaluations = 8;
  out.findings.push_back(smaller(sign));
  out.spent += lab.spent();
  return out;
}

}  // namespace ulam
