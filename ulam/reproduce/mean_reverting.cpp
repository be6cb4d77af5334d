// mrs: few-step solvers on the mean-reverting path, against the posterior sampling that is released with its
// models.
#include <cmath>
#include <map>
#include <numeric>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/measure/resample.h"
#include "ulam/path/grid.h"
#include "ulam/problems/read_problem.h"
#include "ulam/reproduce/methods.h"

namespace ulam {
namespace {

constexpr std::int64_t mean_reverting_rows = 4000;
constexpr int mean_reverting_repeats = 8;
constexpr double blur = .25;  // mu = x0 + blur xi

/// One way to draw: a rule and its order, or the released update, which goes one of the hundred indices
/// however far the next evaluation is.
struct Way {
  const char* name;
  double eta;
  int order;  // 0: the released update; -1: the same at the right stride, written out
};
constexpr Way ode1{"first-order ODE", 0, 1}, ode2{"second-order ODE", 0, 2}, sde1{"first-order SDE", 1, 1},
    sde2{"second-order SDE", 1, 2}, released{"posterior sampling as released", 1, 0},
    strided{"posterior sampling at the right stride", 1, -1};

class Restoration {
 public:
  explicit Restoration(const ReproductionContext& context) : context_(context) {
    const nlohmann::json j = {{"problem", "mixture"}, {"means", {{.3}, {.7}}}, {"variances", {.01, .004}},
                              {"weights", {.5, .5}},  {"name", "restoration"}, {"path", "mean_reverting"},
                              {"centre_noise", blur}, {"head", "noise"}};
    problem_ = problem_from_json(j, "reproduce mrs", "");
    ids_.resize(static_cast<std::size_t>(mean_reverting_rows));
    std::iota(ids_.begin(), ids_.end(), 0);
  }

  at::Tensor samples(const Way& way, int steps, int repeat) {
    if (way.order < 1) return posterior(way.order == 0, steps, repeat);
    StepRecipe step;
    step.rule.eta = way.eta;
    step.order = way.order;
    Recipe recipe;
    recipe.steps.push_back(step);
    const ModelInfo& info = problem_->info();
    DrawRequest request{Field(problem_)};
    request.plan = compile_plan(recipe, make_grid("time", info.path, steps), info.path, info.head);
    request.seed = seed(repeat);
    request.ids = ids_;
    request.count = request.batch = mean_reverting_rows;
    request.conditions["centre"] = centre(repeat);
    request.watch = {{}, context_.watch.cancel, context_.watch.clock};
    const DrawResult result = draw(request);
    if (result.cancelled) stopped();
    spent_ += result.spent;
    return result.samples;
  }

  /// W1 between the draws and the data that their centres were made from; its error over repeats.
  const Figure& distance(const Way& way, int steps) {
    const auto [it, fresh] = known_.try_emplace({way.name, steps});
    if (!fresh) return it->second;
    std::vector<double> values;
    for (int repeat = 0; repeat < mean_reverting_repeats; ++repeat) {
      const at::Tensor x = samples(way, steps, repeat).contiguous(), x0 = data(repeat).contiguous();
      const auto span = [](const at::Tensor& t) {
        return std::span<const double>(t.data_ptr<double>(), static_cast<std::size_t>(t.numel()));
      };
      values.push_back(wasserstein_1d(span(x), span(x0), 1));
      if (context_.watch.progress)
        context_.watch.report({"reproducing", repeat + 1, mean_reverting_repeats, "repeats",
                               fmt::format("{}, {} steps", way.name, steps)});
    }
    const Mean mean = mean_of(values);
    return it->second = {"w1",
                         mean.value,
                         mean.error,
                         fmt::format("{} repeats", mean_reverting_repeats),
                         mean_reverting_rows,
                         ""};
  }

  const Spent& spent() const { return spent_; }

 private:
  [[noreturn]] static void stopped() { fail(ErrorKind::cancelled, "reproduce", "was cancelled"); }
  std::uint64_t seed(int repeat) const { return context_.seed + 1000 * static_cast<std::uint64_t>(repeat); }
  at::Tensor data(int repeat) const { return problem_->sample(ids_, seed(repeat)); }
  at::Tensor centre(int repeat) const {
    return data(repeat) + blur * keyed_normal(seed(repeat), Stream::transfer, ids_, 0, one(), at::kDouble);
  }
  static std::vector<std::int64_t> one() { return {1}; }

  /// x -> mean + deviation z with mean = mu + A (1-C^2)/(1-B^2) (x - mu) + C (1-A^2)/(1-B^2) (D - mu).
  at::Tensor posterior(bool stride_one, int steps, int repeat) {
    const ModelInfo& info = problem_->info();
    const Path& path = info.path;
    const std::vector<double> times = make_grid("time", path, steps);
    const Marginal first = path.at(times.front());
    const at::Tensor mu = centre(repeat);
    at::Tensor y = keyed_normal(seed(repeat), Stream::start, ids_, 0, one(), at::kDouble) * first.s;
    Ledger ledger;
    const Field field(problem_);
    for (int i = 0; i < steps; ++i) {
      if (context_.watch.cancelled()) stopped();
      const double t = times[static_cast<std::size_t>(i)];
      const Marginal from = path.at(t),
                     to = path.at(stride_one ? std::max(t - 1, 0.) : times[static_cast<std::size_t>(i) + 1]);
      const at::Tensor eps = field
                                 .answer(y, at::full({mean_reverting_rows}, t, at::kDouble), {{"centre", mu}},
                                         {}, ledger, context_.watch)
                                 .prediction;
      const at::Tensor d = (y - from.s * eps) / from.a;
      const double A = from.a / to.a, B = from.a, C = to.a, rest = 1 - B * B;
      const double variance = from.scale * from.scale * (1 - A * A) * (1 - C * C) / rest;
      const at::Tensor z =
          keyed_normal(seed(repeat), Stream::step, ids_, static_cast<std::uint32_t>(i), one(), at::kDouble);
      y = A * (1 - C * C) / rest * y + C * (1 - A * A) / rest * d + std::sqrt(variance) * z;
    }
    spent_ += ledger.spent();
    return y + mu;
  }

  ReproductionContext context_;
  ProblemPtr problem_;
  std::vector<std::uint64_t> ids_;
  std::map<std::pair<std::string, int>, Figure> known_;
  Spent spent_;
};

std::string setting(const char* what) {
  return fmt::format(
      "data .5 N(.3, .01) + .5 N(.7, .004), centre = data + {} xi, exact D, T = 100, even times: {}", blur,
      what);
}

/// W1 of `way` against W1 of `other`, the verdict left open.
Finding against(Restoration& lab, std::string claim, const Way& way, int steps, const Way& other,
                int other_steps) {
  Finding f;
  f.claim = std::move(claim);
  f.setting = setting("W1 of 4000 draws to their data");
  f.baseline = fmt::format("{}, {} steps", other.name, other_steps);
  f.expected = lab.distance(other, other_steps);
  f.measured = lab.distance(way, steps);
  f.baseline_evaluations = other_steps;
  f.evaluations = steps;
  return f;
}

Finding known(Restoration& lab, const Way& way, int steps, double value) {
  Finding f;
  f.claim = fmt::format("The {} has W1 {} at {} steps here (own computation, independent of this code).",
                        way.name, value, steps);
  f.setting = setting("W1 of 4000 draws to their data");
  f.baseline = fmt::format("{}", value);
  f.expected = {"w1", value, 0, "", mean_reverting_rows, ""};
  f.measured = lab.distance(way, steps);
  f.evaluations = steps;
  return equal(f, .004);
}

}  // namespace

Reproduction reproduce_mrs(const ReproductionContext& context) {
  Restoration lab(context);
  Reproduction out{"mrs", "Li et al. 2025, arXiv 2502.07856", {}, {}};
  for (const int steps : {5, 10, 20})
    out.findings.push_back(smaller(
        against(lab,
                "In few steps it is far better than posterior sampling (low-light FID, second order against "
                "posterior: 34.0 / 453 at 5, 36.5 / 432 at 10, 32.8 / 390 at 20 evaluations).",
                ode2, steps, released, steps)));
  for (const int steps : {5, 10})
    out.findings.push_back(smaller(against(
        lab, "The second order is better than the first in few steps (low-light FID 34.0 against 41.8 at 5).",
        ode2, steps, ode1, steps)));
  Finding twenty =
      equal(against(lab,
                    "5 evaluations do what posterior sampling does in 100 (low-light FID 34.0 against "
                    "34.7).",
                    ode2, 5, released, 100),
            .005);
  if (twenty.verdict != Verdict::shown)
    twenty.why +=
        "; with an exact model 100 steps go on to the truth, where a network's own error stops them";
  out.findings.push_back(twenty);
  out.findings.push_back(
      smaller(against(lab,
                      "What fails in the baseline is its stride: it evaluates at 5 of the 100 "
                      "times but moves by one of them (own finding).",
                      strided, 5, released, 5)));
  Finding same;
  same.claim = "Its first-order SDE step is the posterior of the stride (own finding).";
  same.setting = setting("RMS difference of 4000 draws from the same noise, 10 steps");
  same.baseline = "rounding";
  same.expected = {"bound", 1e-12, 0, "rounding of double", 0, ""};
  const at::Tensor apart = lab.samples(sde1, 10, 0) - lab.samples(strided, 10, 0);
  same.measured = {
      "difference", apart.square().mean().sqrt().item<double>(), 0, "identity", mean_reverting_rows, ""};
  same.evaluations = 10;
  out.findings.push_back(at_most(same));
  out.findings.push_back(known(lab, ode2, 5, .018));
  out.findings.push_back(known(lab, ode2, 20, .004));
  out.findings.push_back(known(lab, ode1, 5, .026));
  out.findings.push_back(known(lab, sde2, 5, .018));
  out.findings.push_back(known(lab, sde1, 5, .029));
  out.findings.push_back(known(lab, released, 5, .117));
  out.findings.push_back(known(lab, released, 100, .003));
  out.spent = lab.spent();
  return out;
}

}  // namespace ulam
