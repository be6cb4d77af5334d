// teleport: the Gaussian start on the three anisotropic components that the method's small experiment has.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "ulam/base/error.h"
#include "ulam/measure/trajectory.h"
#include "ulam/problems/covariance.h"
#include "ulam/problems/mixture.h"
#include "ulam/reproduce/methods.h"

namespace ulam {
namespace {

constexpr std::int64_t teleport_starts = 400;

/// Three Gaussians in 3-D whose whole covariance has the eigenvalues .018, .286 and .853. The published
/// experiment states these and no more; means and parts are ours: on an axis of variance v the means are
/// -1.2, .2, 1 and .5, -1, .5 times a length that leaves the parts the share .2 (.5 for the least axis).
ProblemPtr anisotropic() {
  const std::vector<double> total{.853, .286, .018}, share{.2, .2, .5};
  const double spots[3][3] = {{-1.2, .2, 1}, {.5, -1, .5}, {1, 0, -1}};
  std::vector<MixturePart> parts(3);
  std::vector<double> own(3), length(3);
  for (std::size_t j = 0; j < 3; ++j) {
    double square = 0;
    for (const double s : spots[j]) square += s * s / 3;
    own[j] = share[j] * total[j];
    length[j] = std::sqrt((total[j] - own[j]) / square);
  }
  for (std::size_t c = 0; c < 3; ++c) {
    parts[c].mean.resize(3);
    for (std::size_t j = 0; j < 3; ++j) parts[c].mean[j] = length[j] * spots[j][c];
    parts[c].covariance = diagonal_covariance(own);
  }
  ProblemSettings settings;
  settings.name = "three anisotropic Gaussians";
  return Problem::make(make_mixture(std::move(parts)), settings);
}

class Teleports {
 public:
  explicit Teleports(const ReproductionContext& context)
      : context_(context), problem_(anisotropic()), gaussians_(gaussians_of(*problem_)) {}

  DrawRequest request(int steps, const std::string& start) const {
    DrawRequest r{Field(problem_)};
    r.solver = "heun";
    r.grid = "karras:final=clean";
    r.steps = steps;
    r.seed = context_.seed;
    r.count = teleport_starts;
    r.batch = teleport_starts;
    r.start = start;
    r.gaussians = gaussians_;
    r.watch = {{}, context_.watch.cancel, context_.watch.clock};
    return r;
  }

  DrawResult run(const DrawRequest& r) {
    DrawResult result = draw(r);
    if (result.cancelled) fail(ErrorKind::cancelled, "reproduce", "was cancelled");
    spent_ += result.spent;
    return result;
  }

  /// States at sigma on the exact flow (heun from the noise end), and where the jump lands.
  std::pair<at::Tensor, at::Tensor> states(double sigma) {
    DrawRequest r = request(0, "");
    r.times = down_to(sigma);
    const at::Tensor exact = run(r).samples;
    r.start = fmt::format("teleport:skip={}", r.times.size() - 1);
    return {exact, run(r).samples};
  }

  /// sum |jump - exact|^2 / sum |exact - mean|^2, root, over the rows first .. first + count - 1.
  double relative(const std::pair<at::Tensor, at::Tensor>& s, std::int64_t first, std::int64_t count) const {
    const at::Tensor exact = s.first.narrow(0, first, count), jump = s.second.narrow(0, first, count);
    const double off = (jump - exact).square().sum().item<double>();
    return std::sqrt(off / (exact - gaussians_->all.mean).square().sum().item<double>());
  }

  const ProblemPtr& problem() const { return problem_; }
  const Spent& spent() const { return spent_; }

 private:
  static std::vector<double> down_to(double sigma) {
    constexpr int n = 600;
    std::vector<double> times(n + 1);
    for (int i = 0; i <= n; ++i)
      times[static_cast<std::size_t>(i)] = 80 * std::pow(sigma / 80, double(i) / n);
    times.back() = sigma;
    return times;
  }

  ReproductionContext context_;
  ProblemPtr problem_;
  GaussianSetPtr gaussians_;
  Spent spent_;
};

constexpr const char* teleport_paper = "Wang and Vastola 2024, arXiv 2412.09726";

/// The figure over all starts with the scatter of four groups.
Figure grouped(const char* name, const std::function<double(std::int64_t, std::int64_t)>& of) {
  constexpr std::int64_t groups = 4, each = teleport_starts / groups;
  double sum = 0, square = 0;
  for (std::int64_t g = 0; g < groups; ++g) {
    const double v = of(g * each, each);
    sum += v, square += v * v;
  }
  const double mean = sum / groups, var = std::max(0., square / groups - mean * mean) / (groups - 1);
  return {name, of(0, teleport_starts), std::sqrt(var), "4 groups of starts", teleport_starts, ""};
}

}  // namespace

Reproduction reproduce_teleport(const ReproductionContext& context) {
  Teleports lab(context);
  Reproduction out{"teleport", teleport_paper, {}, {}};
  const std::string problem = "three anisotropic Gaussians in 3-D (covariance .018, .286, .853), sigma_T 80";

  const auto at3 = lab.states(3), at10 = lab.states(10);
  Finding state;
  state.claim = "Down to sigma 3 the jump misses the state by less than 1 % of its size.";
  state.setting = problem + ", 400 starts: the jump against 600 steps of heun to the same sigma";
  state.baseline = "bound";
  state.expected = {"relative state error", .01, 0, "the claim", 0, ""};
  state.measured = grouped("relative state error",
                           [&](auto first, auto count) { return lab.relative(at3, first, count); });
  out.findings.push_back(at_most(state));

  Finding power;
  power.claim = "The state error falls about with the third power of sigma.";
  power.setting = problem + ", 400 starts: slope from sigma 3 to sigma 10";
  power.baseline = "power 3";
  power.expected = {"power", 3, 0, "the claim", 0, ""};
  power.measured = grouped("power", [&](auto first, auto count) {
    return std::log(lab.relative(at3, first, count) / lab.relative(at10, first, count)) / std::log(10. / 3);
  });
  out.findings.push_back(equal(power, .5));

  // 18 steps of the EDM grid: 80, 57.6, 40.8, 28.4, 19.4, 12.9, 8.4, 5.3, 3.3, 1.9, ...
  const DrawResult full = lab.run(lab.request(18, "")), skipped = lab.run(lab.request(18, "teleport:skip=8"));
  const DrawResult converged = lab.run(lab.request(400, ""));
  const auto as_set = [](const at::Tensor& x, const char* name) { return in_memory(x, name); };
  Finding same;
  same.claim = "Skipping 8 of 18 steps (44 %) changes the final samples by less than 1 % of the data's size.";
  same.setting = problem + ", heun on the EDM grid of 18 steps, 400 starts: RMS displacement";
  same.baseline = "bound: 1 % of the root of the total variance a number";
  same.expected = {"displacement", .01 * std::sqrt((.018 + .286 + .853) / 3), 0, "the claim", 0, ""};
  same.measured =
      trajectory_error(*as_set(skipped.samples, "skipping 8"), *as_set(full.samples, "all steps"));
  same.baseline_evaluations = full.spent.evaluations / teleport_starts;
  same.evaluations = skipped.spent.evaluations / teleport_starts;
  out.findings.push_back(at_most(same));

  // The steps that are left cost 19 evaluations; what else could be had for them?
  Finding better;
  better.claim = "At the same evaluations, skipping beats a coarser grid over the whole range.";
  better.setting = problem + ", heun on the EDM grid, 400 starts: RMSE to 400 steps";
  better.baseline = "heun, 10 steps from sigma 80";
  const DrawResult coarse = lab.run(lab.request(10, ""));
  better.expected =
      trajectory_error(*as_set(coarse.samples, "10 steps"), *as_set(converged.samples, "exact"));
  better.measured =
      trajectory_error(*as_set(skipped.samples, "skipping 8"), *as_set(converged.samples, "exact"));
  better.baseline_evaluations = coarse.spent.evaluations / teleport_starts;
  better.evaluations = skipped.spent.evaluations / teleport_starts;
  out.findings.push_back(smaller(better));

  out.spent = lab.spent();
  return out;
}

}  // namespace ulam
