#include "ulam/reproduce/trials.h"

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/measure/trajectory.h"
#include "ulam/path/grid.h"
#include "ulam/run/reference.h"

namespace ulam {
namespace {

constexpr std::int64_t trials_starts = 200;

[[noreturn]] void stopped() { fail(ErrorKind::cancelled, "reproduce", "was cancelled"); }

}  // namespace

Trials::Trials(ModelPtr drawn, ModelPtr truth, std::string grid, const ReproductionContext& context)
    : drawn_(std::move(drawn)), truth_(std::move(truth)), grid_(std::move(grid)), context_(context) {}

DrawRequest Trials::request(const ModelPtr& model) const {
  DrawRequest r{Field(model)};
  r.grid = grid_;
  r.seed = context_.seed;
  r.count = r.batch = trials_starts;
  r.watch = {{}, context_.watch.cancel, context_.watch.clock};
  return r;
}

Figure Trials::error(const std::string& solver, int steps) {
  DrawRequest r = request(drawn_);
  r.solver = solver;
  r.steps = steps;
  const double end = make_grid(grid_, drawn_->info().path, steps).back();
  if (!reference_.defined() || reference_end_ != end) {
    const Reference made = converged_reference(request(truth_), grid_, end, {});
    if (made.cancelled) stopped();
    if (!made.converged)
      fail(ErrorKind::numeric, "reproduce", "the reference changed by {:.2g} under its last doubling",
           made.change);
    spent_.evaluations += made.evaluations;
    reference_ = made.samples;
    reference_end_ = end;
  }
  const DrawResult result = draw(r);
  if (result.cancelled) stopped();
  spent_ += result.spent;
  return trajectory_error(*in_memory(result.samples, solver), *in_memory(reference_, "reference"));
}

std::int64_t Trials::cost(const std::string& solver, int steps) const {
  return evaluations(make_plan(solver, grid_, steps, drawn_->info().path, drawn_->info().head));
}

}  // namespace ulam
