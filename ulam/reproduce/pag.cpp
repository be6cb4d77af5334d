// pag: the law that every affine guidance term obeys on Gaussians, in closed form.
#include <cmath>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/guide/autoguidance.h"
#include "ulam/problems/read_problem.h"
#include "ulam/reproduce/methods.h"

namespace ulam {
namespace {

constexpr double pag_most = 80, pag_least = 1e-4;
constexpr std::int64_t pag_rows = 256;
constexpr int pag_steps = 300;

ProblemPtr gaussian(double mean, double deviation) {
  return problem_from_json({{"problem", "gaussian"},
                            {"mean", {mean}},
                            {"variances", {deviation * deviation}},
                            {"path", {{"kind", "edm"}, {"sigma_min", pag_least}, {"sigma_max", pag_most}}}},
                           "pag", "");
}
/// How much a Gaussian of deviation tau shrinks from the noise end to the data.
double shrink(double tau) { return std::sqrt((tau * tau) / (tau * tau + pag_most * pag_most)); }

struct Ends {
  at::Tensor start, end;
};

class PagStudy {
 public:
  explicit PagStudy(const ReproductionContext& context) : context_(context) {}
  Ends draw_away(const ProblemPtr& model, const ProblemPtr& from, double strength) {
    AwayOptions away;
    away.from = from;
    away.strength = strength;
    away.model = "the disturbed model";
    DrawRequest request{Field(model, 0, {}, {make_away(away)})};
    request.solver = "rk4";
    request.steps = pag_steps;
    request.count = pag_rows;
    request.seed = context_.seed;
    request.watch = {{}, context_.watch.cancel, context_.watch.clock};
    for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(pag_rows); ++i) request.ids.push_back(i);
    const DrawResult result = ulam::draw(request);
    if (result.cancelled) fail(ErrorKind::cancelled, "reproduce", "was cancelled");
    spent_ += result.spent;
    const std::vector<std::int64_t> shape{1};
    return {keyed_normal(context_.seed, Stream::start, request.ids, 0, shape, at::kDouble) * pag_most,
            result.samples};
  }
  const Spent& spent() const { return spent_; }

 private:
  ReproductionContext context_;
  Spent spent_;
};

double rms(const at::Tensor& x) { return x.square().mean().sqrt().item<double>(); }

}  // namespace

Reproduction reproduce_pag(const ReproductionContext& context) {
  PagStudy study(context);
  Reproduction out{"pag", "Ahn et al. 2024, arXiv 2403.17377; closed forms derived in the page", {}, {}};
  const auto add = [&](std::string claim, std::string setting, double measured, double bound) {
    Finding f;
    f.claim = std::move(claim);
    f.setting = std::move(setting);
    f.baseline = "rounding and the solver's error";
    f.expected = {"difference", bound, 0, "bound", pag_rows, ""};
    f.measured = {"difference", measured, 0, "identity", pag_rows, ""};
    f.evaluations = 2 * evaluations(make_plan("rk4", "", pag_steps, Path::edm(), Head{}));
    out.findings.push_back(at_most(std::move(f)));
  };
  // Disturbed: mean -0.2; undisturbed: 0.4; both of deviation 0.5.
  for (const double s : {1.0, 3.0}) {
    const Ends e = study.draw_away(gaussian(.4, .5), gaussian(-.2, .5), s);
    const double mean = .4 + s * .6;
    add("Equal variances: strength s moves the mean by s times the difference and leaves the variance.",
        fmt::format("1D Gaussians, edm path, rk4; s = {}: RMS of ends to the law", s),
        rms(e.end - (mean + (e.start - mean) * shrink(.5))), 1e-6);
  }
  for (const double s : {.5, 1.5}) {
    const Ends e = study.draw_away(gaussian(0, .5), gaussian(0, .8), s);
    const double law = std::pow(shrink(.5), 1 + s) * std::pow(shrink(.8), -s);
    add("Zero means: the deviation becomes sigma^(1+s) / sigma_disturbed^s.",
        fmt::format("1D Gaussians, edm path, rk4; s = {}: RMS of ends to the law", s),
        rms(e.end - e.start * law), 1e-6);
  }
  // The tilted density p^(1+s) / p_disturbed^s has variance 1 / ((1+s)/sigma^2 - s/sigma_d^2).
  const double s = 1.5, tilted = 1 / std::sqrt((1 + s) / .25 - s / .64);
  const Ends e = study.draw_away(gaussian(0, .5), gaussian(0, .8), s);
  const double deviation = (e.end / e.start).mean().item<double>() * pag_most;
  Finding apart;
  apart.claim = "That is not the tilted density p^(1+s) / p_disturbed^s: guided draws are nearer to the law.";
  apart.setting = fmt::format("as before, s = {}: deviation of the ends {:.4f}, of the tilted density {:.4f}",
                              s, deviation, tilted);
  apart.baseline = "distance to the tilted density's";
  apart.expected = {"difference", std::abs(deviation - tilted), 0, "closed form", pag_rows, ""};
  apart.measured = {"difference",
                    std::abs(deviation - std::pow(.5, 1 + s) / std::pow(.8, s)),
                    0,
                    "closed form",
                    pag_rows,
                    ""};
  apart.baseline_evaluations = apart.evaluations = out.findings.front().evaluations;
  out.findings.push_back(smaller(std::move(apart)));
  out.spent = study.spent();
  return out;
}

}  // namespace ulam
