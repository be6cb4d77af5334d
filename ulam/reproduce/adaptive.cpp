// adaptive: what a tolerance buys, and whether choosing steps row by row beats giving all rows the same.
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/measure/trajectory.h"
#include "ulam/problems/read_problem.h"
#include "ulam/reproduce/methods.h"
#include "ulam/run/reference.h"

namespace ulam {
namespace {

constexpr const char* adaptive_paper = "Lu et al. 2022, arXiv 2206.00927, appendix";
constexpr std::int64_t adaptive_starts = 200;

struct Spending {
  Figure error;
  std::int64_t each = 0;  // evaluations a sample, rounded up
  AdaptiveReport report;
};

class Adaptives {
 public:
  Adaptives(const char* name, nlohmann::json problem, const ReproductionContext& context)
      : name_(name), problem_(problem_from_json(problem, "reproduce adaptive", "")), context_(context) {
    const Reference made =
        converged_reference(request("ddim", 1), "logsnr", problem_->info().path.t_data(), {});
    if (made.cancelled) stopped();
    if (!made.converged) fail(ErrorKind::numeric, "reproduce", "the reference did not converge");
    reference_ = made.samples;
    spent_.evaluations += made.evaluations;
  }
  Spending run(const std::string& solver, int steps) {
    const DrawResult result = draw(request(solver, steps));
    if (result.cancelled) stopped();
    spent_ += result.spent;
    Spending out;
    out.error = trajectory_error(*in_memory(result.samples, solver), *in_memory(reference_, "reference"));
    out.each = (result.spent.evaluations + adaptive_starts - 1) / adaptive_starts;
    out.report = result.adaptive;
    return out;
  }
  const Spent& spent() const { return spent_; }
  const std::string& name() const { return name_; }

 private:
  [[noreturn]] static void stopped() { fail(ErrorKind::cancelled, "reproduce", "was cancelled"); }
  DrawRequest request(const std::string& solver, int steps) const {
    DrawRequest r{Field(problem_)};
    r.solver = solver;
    r.grid = "logsnr";
    r.steps = steps;
    r.seed = context_.seed;
    r.count = r.batch = adaptive_starts;
    r.watch = {{}, context_.watch.cancel, context_.watch.clock};
    return r;
  }
  std::string name_;
  ProblemPtr problem_;
  ReproductionContext context_;
  at::Tensor reference_;
  Spent spent_;
};

std::string spec(int order, double tolerance) {
  return fmt::format("adaptive:order={},rtol={},atol={},most=3000", order, tolerance, tolerance / 6);
}

}  // namespace

Reproduction reproduce_adaptive(const ReproductionContext& context) {
  Reproduction out{"adaptive", adaptive_paper, {}, {}};
  const nlohmann::json tp1 = {{"problem", "tp1"}, {"head", "noise"}};
  const nlohmann::json narrow = {
      {"problem", "mixture"},    {"means", {{-1.}, {.2}, {1.}}}, {"variances", {1e-4, 1e-4, 1e-4}},
      {"weights", {.5, .3, .2}}, {"name", "three narrow modes"}, {"path", "vp"},
      {"head", "noise"}};
  for (const auto& [name, problem] : {std::pair{"tp1", tp1}, std::pair{"three narrow modes", narrow}}) {
    Adaptives lab(name, problem, context);
    const std::string where = lab.name() + " on vp, 200 starts, RMSE to the converged ODE";
    for (const int order : {2, 3}) {
      const Spending loose = lab.run(spec(order, 1e-2), 20), tight = lab.run(spec(order, 1e-4), 20);
      Finding f;
      f.claim = fmt::format("order {}: a tolerance of 1e-4 for 1e-2 makes the error at most a tenth.", order);
      f.setting = where;
      f.baseline = "a tenth of the error at 1e-2";
      f.expected = loose.error;
      f.expected.value /= 10;
      f.expected.error = 0;
      f.measured = tight.error;
      f.evaluations = tight.each;
      out.findings.push_back(at_most(f));

      Finding steps;
      steps.claim = fmt::format("order {}: it does better than as many evaluations in even steps.", order);
      steps.setting = where;
      const std::string fixed = fmt::format("dpm:kind=inner,order={}", order);
      const int n = static_cast<int>((loose.each + order - 1) / order);
      const Spending even = lab.run(fixed, n);
      steps.baseline = fmt::format("{} on the logsnr grid, {} steps", fixed, n);
      steps.expected = even.error;
      steps.measured = loose.error;
      steps.baseline_evaluations = even.each;
      steps.evaluations = loose.each;
      out.findings.push_back(smaller(steps));
      if (loose.report.hurried + tight.report.hurried > 0)
        fail(ErrorKind::numeric, "reproduce", "a row reached the maximum of its plan");
    }
    out.spent += lab.spent();
  }
  return out;
}

}  // namespace ulam
