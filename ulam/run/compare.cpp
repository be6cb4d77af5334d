#include "ulam/run/compare.h"

#include <algorithm>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "ulam/base/error.h"
#include "ulam/measure/trajectory.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace {

constexpr const char* place = "compare";

void check(const CompareRequest& request) {
  if (request.contenders.empty()) fail(ErrorKind::option, place, "needs at least one solver or model");
  if (request.ids.size() < 2)
    fail(ErrorKind::option, place, "{} samples; errors need at least 2", request.ids.size());
  const auto& first = request.contenders.front().model->info();
  for (const Contender& c : request.contenders) {
    const ModelInfo& info = c.model->info();
    if (info.shape != first.shape)
      fail(ErrorKind::shape, place, "model {} has rows of shape {}, model {} of {}", info.name,
           shape_text(info.shape), first.name, shape_text(first.shape));
    if (!c.plan && request.budgets.empty())
      fail(ErrorKind::option, place, "needs budgets: evaluations a sample");
    if (c.plan) check_plan_for(*c.plan, info.path, info.head, "plan of " + c.name);
  }
  for (const int budget : request.budgets)
    if (budget < 1)
      fail(ErrorKind::option, place, "a budget of {} evaluations; at least 1 is needed", budget);
}

DrawRequest draw_of(const CompareRequest& request, const Contender& contender) {
  DrawRequest draw{Field(contender.model, contender.model->info().row_limit)};
  draw.seed = request.seed;
  draw.ids = request.ids;
  draw.count = static_cast<std::int64_t>(request.ids.size());
  draw.conditions = request.conditions;
  draw.batch = request.batch;
  draw.watch = request.watch;
  return draw;
}

class Comparison {
 public:
  explicit Comparison(const CompareRequest& request) : request_(request) {
    for (const Contender& c : request.contenders) out_.names.push_back(c.name);
  }

  CompareResult run() {
    out_.samples = static_cast<std::int64_t>(request_.ids.size());
    out_.seed = request_.seed;
    total_ = planned();
    for (std::size_t i = 0; i < request_.contenders.size() && !out_.cancelled; ++i) {
      const Contender& contender = request_.contenders[i];
      if (contender.plan) {
        cell(i, static_cast<int>(evaluations(*contender.plan)), contender.plan);
        continue;
      }
      for (const int budget : request_.budgets) {
        cell(i, budget, plan_within(contender.solver, contender.grid, budget, contender.model->info()));
        if (out_.cancelled) break;
      }
    }
    return std::move(out_);
  }

 private:
  /// Evaluations of all draws, references apart; an upper bound where plans turn out equal.
  std::int64_t planned() const {
    std::int64_t a_row = 0;
    for (const Contender& c : request_.contenders) {
      if (c.plan) a_row += evaluations(*c.plan);
      for (std::size_t b = 0; !c.plan && b < request_.budgets.size(); ++b)
        if (const auto plan = plan_within(c.solver, c.grid, request_.budgets[b], c.model->info()))
          a_row += evaluations(*plan);
    }
    return a_row * static_cast<std::int64_t>(request_.ids.size());
  }

  std::int64_t trajectories() const {
    return std::min(request_.trajectories, static_cast<std::int64_t>(request_.ids.size()));
  }

  void cell(std::size_t index, int budget, const std::optional<Plan>& plan) {
    const Contender& contender = request_.contenders[index];
    CompareCell cell;
    cell.contender = index;
    cell.budget = budget;
    if (!plan) {
      cell.why = fmt::format("one step costs more than {} evaluation{}", budget, budget == 1 ? "" : "s");
      out_.cells.push_back(std::move(cell));
      return;
    }
    cell.steps = plan->levels();
    cell.evaluations = evaluations(*plan);
    cell.plan = plan_hash(*plan);
    for (const CompareCell& done : out_.cells)
      if (done.plan == cell.plan && done.steps > 0 &&
          request_.contenders[done.contender].model == contender.model) {
        cell.figures = done.figures;
        cell.kept = done.kept;
        cell.why = fmt::format("the same plan as {}", out_.names[done.contender]);
        out_.cells.push_back(std::move(cell));
        return;
      }
    DrawRequest draw = draw_of(request_, contender);
    draw.plan = plan;
    if (request_.watch.progress)
      draw.watch.progress = [&](const Progress& p) {
        request_.watch.progress({"comparing", done_ + p.done, total_, p.unit,
                                 fmt::format("{} at {} evaluations", contender.name, budget)});
      };
    const Reference* reference = nullptr;
    if (trajectories() > 1 && !stochastic(*plan)) {
      reference = reference_for(draw, *plan);
      if (out_.cancelled) return;
    } else if (trajectories() > 1) {
      cell.why = "adds noise: no trajectory to compare with";
    }
    const DrawResult result = ulam::draw(draw);
    if (result.cancelled) {
      out_.cancelled = true;
      return;
    }
    done_ += result.spent.evaluations;
    cell.spent = result.spent;
    out_.spent += result.spent;
    if (reference != nullptr)
      cell.figures.push_back(
          trajectory_error(*in_memory(result.samples.narrow(0, 0, trajectories()), contender.name),
                           *in_memory(reference->samples, "reference")));
    for (const Measure& measure : request_.measures)
      for (Figure& figure :
           measure(result.samples, fmt::format("{} at {} evaluations", contender.name, budget)))
        cell.figures.push_back(std::move(figure));
    cell.kept =
        result.samples.narrow(0, 0, std::min<std::int64_t>(request_.kept, result.samples.size(0))).clone();
    out_.cells.push_back(std::move(cell));
  }

  const Reference* reference_for(const DrawRequest& draw, const Plan& plan) {
    const ModelInfo& info = draw.field.info();
    const double end = plan.times.back();
    for (std::size_t i = 0; i < out_.references.size(); ++i)
      if (models_[i] == info.hash && out_.references[i].end == end) return &out_.references[i].reference;
    // Any grid converges to the same end points; the standard one of the path does so fast.
    DrawRequest exact = draw;
    exact.ids.resize(static_cast<std::size_t>(trajectories()));
    exact.count = trajectories();
    for (auto& [name, rows] : exact.conditions) rows = rows.narrow(0, 0, trajectories());
    exact.watch = request_.watch;
    CompareReference made{info.name, "", end, converged_reference(exact, "", end, request_.reference)};
    if (made.reference.cancelled) {
      out_.cancelled = true;
      return nullptr;
    }
    models_.push_back(info.hash);
    out_.references.push_back(std::move(made));
    return &out_.references.back().reference;
  }

  const CompareRequest& request_;
  CompareResult out_;
  std::vector<std::uint64_t> models_;  // of each reference
  std::int64_t done_ = 0, total_ = 0;  // evaluations, for progress
};

}  // namespace

std::optional<Plan> plan_within(const std::string& solver, const std::string& grid, int budget,
                                const ModelInfo& info) {
  std::optional<Plan> best;
  for (int steps = 1; steps <= budget; ++steps) {
    Plan plan = make_plan(solver, grid, steps, info.path, info.head);
    if (evaluations(plan) > budget) break;
    best = std::move(plan);
  }
  return best;
}

CompareResult compare(const CompareRequest& request) {
  check(request);
  return Comparison(request).run();
}

}  // namespace ulam
