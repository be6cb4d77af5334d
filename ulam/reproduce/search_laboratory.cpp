#include "ulam/reproduce/search_laboratory.h"

#include <numeric>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/run/reference.h"

namespace ulam {
namespace {

[[noreturn]] void stopped() { fail(ErrorKind::cancelled, "reproduce", "was cancelled"); }

}  // namespace

SearchLaboratory::SearchLaboratory(ProblemPtr problem, double end, const ReproductionContext& context)
    : problem_(std::move(problem)), end_(end), context_(context) {}

DrawRequest SearchLaboratory::request(std::int64_t first, std::int64_t count) const {
  DrawRequest r{Field(problem_)};
  r.seed = context_.seed;
  r.ids.resize(static_cast<std::size_t>(count));
  std::iota(r.ids.begin(), r.ids.end(), static_cast<std::uint64_t>(first));
  r.count = r.batch = count;
  r.watch = {{}, context_.watch.cancel, context_.watch.clock};
  return r;
}

at::Tensor SearchLaboratory::run(const UnifiedRecipe& recipe, std::int64_t first, std::int64_t count) {
  if (context_.watch.cancelled()) stopped();
  Plan like;
  like.path = path();
  like.head = problem_->info().head;
  DrawRequest r = request(first, count);
  r.plan = plan_of(linear_plan(recipe, path()), like);
  const DrawResult result = draw(r);
  if (result.cancelled) stopped();
  spent_ += result.spent;
  return result.samples;
}

at::Tensor SearchLaboratory::exact_at(double time, std::int64_t first, std::int64_t count) {
  const auto [it, fresh] = exact_.try_emplace({time, first, count});
  if (!fresh) return it->second;
  ReferenceOptions options;
  options.tolerance = 1e-8;
  const Reference made = converged_reference(request(first, count), "time2", time, options);
  if (made.cancelled) stopped();
  if (!made.converged)
    fail(ErrorKind::numeric, "reproduce", "the reference at t = {} did not converge", time);
  spent_.evaluations += made.evaluations;
  return it->second = made.samples;
}

const at::Tensor& SearchLaboratory::exact(std::int64_t first, std::int64_t count) {
  exact_at(end_, first, count);
  return exact_.at({end_, first, count});
}

at::Tensor SearchLaboratory::start(std::int64_t first, std::int64_t count) const {
  const DrawRequest r = request(first, count);
  return keyed_normal(context_.seed, Stream::start, r.ids, 0, problem_->info().shape, at::kDouble) *
         path().at(path().t_noise()).s;
}

at::Tensor SearchLaboratory::denoise(const at::Tensor& x, double t) {
  if (context_.watch.cancelled()) stopped();
  spent_.evaluations += x.size(0);
  return problem_->denoise(x, at::full({x.size(0)}, t, at::kDouble));
}

}  // namespace ulam
