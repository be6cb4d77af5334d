#include "ulam/reproduce/laboratory.h"

#include <cmath>
#include <numeric>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/measure/resample.h"
#include "ulam/measure/trajectory.h"
#include "ulam/path/grid.h"
#include "ulam/run/reference.h"

namespace ulam {
namespace {

std::vector<std::uint64_t> numbered(std::int64_t first, std::int64_t count) {
  std::vector<std::uint64_t> ids(static_cast<std::size_t>(count));
  std::iota(ids.begin(), ids.end(), static_cast<std::uint64_t>(first));
  return ids;
}

[[noreturn]] void stopped() { fail(ErrorKind::cancelled, "reproduce", "was cancelled"); }

double slope(const std::vector<int>& steps, const std::vector<double>& errors) {
  double sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const double x = std::log(steps[i]), y = std::log(errors[i]);
    sx += x, sy += y, sxx += x * x, sxy += x * y;
  }
  const double n = static_cast<double>(steps.size());
  return (n * sxy - sx * sy) / (n * sxx - sx * sx);
}

}  // namespace

Laboratory::Laboratory(ProblemPtr problem, std::string grid, const ReproductionContext& context)
    : problem_(std::move(problem)), grid_(std::move(grid)), context_(context) {}

std::string Laboratory::name() const {
  const ModelInfo& info = problem_->info();
  return fmt::format("{} on {}, grid {}", info.name, info.path.json().value("kind", "path"), grid_);
}

std::int64_t Laboratory::cost(const std::string& solver, int steps) const {
  return evaluations(make_plan(solver, grid_, steps, problem_->info().path, problem_->info().head));
}

at::Tensor Laboratory::run(const std::string& solver, int steps, std::int64_t first, std::int64_t count) {
  DrawRequest request{Field(problem_)};
  request.solver = solver;
  request.grid = grid_;
  request.steps = steps;
  request.seed = context_.seed;
  request.ids = numbered(first, count);
  request.count = count;
  request.batch = 1 << 14;
  request.watch = context_.watch;
  if (context_.watch.progress)
    request.watch.progress = [&](const Progress& p) {
      context_.watch.progress(
          {"reproducing", p.done, p.total, p.unit, fmt::format("{}, {} steps", solver, steps)});
    };
  const DrawResult result = draw(request);
  if (result.cancelled) stopped();
  spent_ += result.spent;
  return result.samples;
}

const at::Tensor& Laboratory::reference(std::int64_t latents, double end) {
  if (reference_.defined() && reference_.size(0) >= latents && reference_end_ == end) return reference_;
  DrawRequest request{Field(problem_)};
  request.seed = context_.seed;
  request.ids = numbered(0, latents);
  request.count = latents;
  request.watch = {{}, context_.watch.cancel, context_.watch.clock};
  const Reference made = converged_reference(request, grid_, end, {});
  if (made.cancelled) stopped();
  if (!made.converged)
    fail(ErrorKind::numeric, "reproduce", "the reference of {} changed by {:.2g} under its last doubling",
         name(), made.change);
  spent_.evaluations += made.evaluations;
  reference_ = made.samples;
  reference_end_ = end;
  return reference_;
}

Figure Laboratory::trajectory(const std::string& solver, int steps, std::int64_t latents) {
  const double end = make_grid(grid_, problem_->info().path, steps).back();
  const at::Tensor exact = reference(latents, end).narrow(0, 0, latents);
  return trajectory_error(*in_memory(run(solver, steps, 0, latents), solver), *in_memory(exact, "reference"));
}

Figure Laboratory::difference(const std::string& a, int steps_a, const std::string& b, int steps_b,
                              std::int64_t latents) {
  const at::Tensor apart = run(a, steps_a, 0, latents) - run(b, steps_b, 0, latents);
  return {"difference", apart.square().mean().sqrt().item<double>(), 0, "identity", latents, ""};
}

Figure Laboratory::order(const std::string& solver, const std::vector<int>& steps, std::int64_t latents) {
  constexpr std::int64_t groups = 4;
  std::vector<std::vector<double>> errors(groups);
  for (const int n : steps) {
    const double end = make_grid(grid_, problem_->info().path, n).back();
    const at::Tensor apart = run(solver, n, 0, latents) - reference(latents, end).narrow(0, 0, latents);
    for (std::int64_t g = 0; g < groups; ++g) {
      const at::Tensor part = apart.narrow(0, g * (latents / groups), latents / groups);
      errors[static_cast<std::size_t>(g)].push_back(part.square().mean().sqrt().item<double>());
    }
  }
  std::vector<double> slopes;
  for (const auto& group : errors) slopes.push_back(-slope(steps, group));
  const Mean mean = mean_of(slopes);
  return {"order", mean.value, mean.error, "4 groups of starts", latents, ""};
}

SlicedOptions Laboratory::sliced() const {
  SlicedOptions options;
  // On a line all directions are one.
  if (problem_->dimension() == 1) options.directions = 2;
  return options;
}

Figure Laboratory::distance(const std::string& solver, int steps, std::int64_t rows) {
  const auto ids = numbered(0, rows);
  return sliced_wasserstein(*in_memory(run(solver, steps, 0, rows), solver),
                            *in_memory(problem_->sample(ids, context_.seed + 1), "exact samples"), sliced());
}

Figure Laboratory::floor(std::int64_t rows) {
  const auto ids = numbered(0, rows);
  return sliced_wasserstein(*in_memory(problem_->sample(ids, context_.seed + 2), "exact samples"),
                            *in_memory(problem_->sample(ids, context_.seed + 1), "exact samples"), sliced());
}

}  // namespace ulam
