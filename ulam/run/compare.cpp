#include "ulam/run/compare.h"

#include <algorithm>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "ulam/base/error.h"
#include "ulam/guide/terms.h"
#include "ulam/measure/trajectory.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace {

constexpr const char* compare_place = "compare";

Field field_of(const Contender& c) { return Field(c.model, c.model->info().row_limit, {}, c.guide); }

/// Of the equation that a field stands for.
std::string equation(const Field& field) {
  return fmt::format("{:016x} {} {:016x}", field.info().hash, text_of(field.terms()),
                     models_hash(field.terms()));
}

void check(const CompareRequest& request) {
  if (request.contenders.empty())
    fail(ErrorKind::option, compare_place, "needs at least one solver or model");
  if (request.ids.size() < 2)
    fail(ErrorKind::option, compare_place, "{} samples; errors need at least 2", request.ids.size());
  const auto& first = request.contenders.front().model->info();
  for (const Contender& c : request.contenders) {
    const ModelInfo& info = c.model->info();
    if (info.shape != first.shape)
      fail(ErrorKind::shape, compare_place, "model {} has rows of shape {}, model {} of {}", info.name,
           shape_text(info.shape), first.name, shape_text(first.shape));
    if (!c.plan && request.budgets.empty())
      fail(ErrorKind::option, compare_place, "needs budgets: evaluations a sample");
    if (c.plan) check_plan_for(*c.plan, info.path, info.head, "plan of " + c.name);
    field_of(c);
  }
  for (const int budget : request.budgets)
    if (budget < 1)
      fail(ErrorKind::option, compare_place, "a budget of {} evaluations; at least 1 is needed", budget);
}

DrawRequest draw_of(const CompareRequest& request, const Contender& contender) {
  DrawRequest draw{field_of(contender)};
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
    const std::vector<Job> jobs = plan();
    for (const Job& job : jobs)
      if (job.plan && !job.twin) total_ += cost(job) * out_.samples;
    for (const Job& job : jobs) {
      std::optional<CompareCell> done = cell(job);
      if (!done) {
        out_.cancelled = true;
        break;
      }
      out_.cells.push_back(*std::move(done));
    }
    return std::move(out_);
  }

 private:
  /// One cell to come. Cells stand in the order of the jobs.
  struct Job {
    std::size_t contender = 0;
    int budget = 0;
    std::optional<Plan> plan;         // none: the budget does not pay for a step
    std::optional<std::size_t> twin;  // an earlier job that draws the same
  };

  std::vector<Job> plan() const {
    std::vector<Job> jobs;
    const auto add = [&](std::size_t contender, int budget, std::optional<Plan> made) {
      Job job{contender, budget, std::move(made), {}};
      const auto same = [&](const Job& other) {
        return job.plan && other.plan && plan_hash(*job.plan) == plan_hash(*other.plan) &&
               equation(field_of(request_.contenders[contender])) ==
                   equation(field_of(request_.contenders[other.contender]));
      };
      const auto found = std::find_if(jobs.begin(), jobs.end(), same);
      if (found != jobs.end()) job.twin = static_cast<std::size_t>(found - jobs.begin());
      jobs.push_back(std::move(job));
    };
    for (std::size_t i = 0; i < request_.contenders.size(); ++i) {
      const Contender& c = request_.contenders[i];
      if (c.plan)
        add(i, static_cast<int>(evaluations(*c.plan, field_of(c))), c.plan);
      else
        for (const int budget : request_.budgets)
          add(i, budget, plan_within(c.solver, c.grid, budget, field_of(c)));
    }
    return jobs;
  }

  std::int64_t cost(const Job& job) const {
    return evaluations(*job.plan, field_of(request_.contenders[job.contender]));
  }

  std::int64_t trajectories() const {
    return std::min(request_.trajectories, static_cast<std::int64_t>(request_.ids.size()));
  }

  /// Nothing when cancelled.
  std::optional<CompareCell> cell(const Job& job) {
    const Contender& contender = request_.contenders[job.contender];
    CompareCell cell;
    cell.contender = job.contender;
    cell.budget = job.budget;
    if (!job.plan) {
      cell.why =
          fmt::format("one step costs more than {} evaluation{}", job.budget, job.budget == 1 ? "" : "s");
      return cell;
    }
    cell.steps = job.plan->levels();
    cell.evaluations = cost(job);
    cell.plan = plan_hash(*job.plan);
    if (job.twin) {
      const CompareCell& done = out_.cells[*job.twin];
      cell.figures = done.figures;
      cell.kept = done.kept;
      cell.why = fmt::format("the same plan as {}", out_.names[done.contender]);
      return cell;
    }
    const std::string name = fmt::format("{} at {} evaluations", contender.name, job.budget);
    DrawRequest draw = draw_of(request_, contender);
    draw.plan = job.plan;
    if (request_.watch.progress)
      draw.watch.progress = [&](const Progress& p) {
        request_.watch.progress({"comparing", out_.spent.evaluations + p.done, total_, p.unit, name});
      };
    const Reference* reference = nullptr;
    if (trajectories() > 1 && !of_time(contender.guide)) {
      cell.why = "its guidance counts or remembers steps: no trajectory to compare with";
    } else if (trajectories() > 1 && !stochastic(*job.plan)) {
      reference = reference_for(draw, job.plan->times.back());
      if (reference == nullptr) return {};
    } else if (trajectories() > 1) {
      cell.why = "adds noise: no trajectory to compare with";
    }
    const DrawResult result = ulam::draw(draw);
    if (result.cancelled) return {};
    cell.spent = result.spent;
    out_.spent += result.spent;
    if (reference != nullptr)
      cell.figures.push_back(
          trajectory_error(*in_memory(result.samples.narrow(0, 0, trajectories()), contender.name),
                           *in_memory(reference->samples, "reference")));
    for (const Measure& measure : request_.measures)
      for (Figure& figure : measure(result.samples, name)) cell.figures.push_back(std::move(figure));
    cell.kept =
        result.samples.narrow(0, 0, std::min<std::int64_t>(request_.kept, result.samples.size(0))).clone();
    return cell;
  }

  /// Nothing when cancelled.
  const Reference* reference_for(const DrawRequest& draw, double end) {
    const ModelInfo& info = draw.field.info();
    for (std::size_t i = 0; i < out_.references.size(); ++i)
      if (equations_[i] == equation(draw.field) && out_.references[i].end == end)
        return &out_.references[i].reference;
    // Any grid converges to the same end points; the standard one of the path does so fast.
    DrawRequest exact = draw;
    exact.ids.resize(static_cast<std::size_t>(trajectories()));
    exact.count = trajectories();
    for (auto& [name, rows] : exact.conditions) rows = rows.narrow(0, 0, trajectories());
    exact.watch = request_.watch;
    const std::string guide = text_of(draw.field.terms());
    CompareReference made{guide.empty() ? info.name : info.name + " with " + guide, end,
                          converged_reference(exact, "", end, request_.reference)};
    if (made.reference.cancelled) return nullptr;
    equations_.push_back(equation(draw.field));
    out_.references.push_back(std::move(made));
    return &out_.references.back().reference;
  }

  const CompareRequest& request_;
  CompareResult out_;
  std::vector<std::string> equations_;  // of each reference
  std::int64_t total_ = 0;              // evaluations of all draws, references apart
};

}  // namespace

std::optional<Plan> plan_within(const std::string& solver, const std::string& grid, int budget,
                                const Field& field) {
  std::optional<Plan> best;
  // Evaluations rise with the steps: bisect.
  for (int least = 1, most = budget; least <= most;) {
    const int steps = least + (most - least) / 2;
    Plan plan = make_plan(solver, grid, steps, field.info().path, field.info().head);
    if (evaluations(plan, field) <= budget) {
      best = std::move(plan);
      least = steps + 1;
    } else {
      most = steps - 1;
    }
  }
  return best;
}

CompareResult compare(const CompareRequest& request) {
  check(request);
  return Comparison(request).run();
}

}  // namespace ulam
