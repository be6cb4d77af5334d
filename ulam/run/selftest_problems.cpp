#include "ulam/run/selftest_problems.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "ulam/draw/draw.h"
#include "ulam/path/grid.h"
#include "ulam/problems/read_problem.h"

namespace ulam {
namespace {

double largest(const at::Tensor& t) { return t.abs().max().item<double>(); }

double tweedie_gap(const std::vector<ScoredProblem>& subjects) {
  std::vector<std::uint64_t> ids{1, 2, 3, 4, 5, 6, 7, 8};
  double worst = 0;
  for (const ScoredProblem& subject : subjects) {
    const Problem& problem = *subject.problem;
    const Path& path = problem.info().path;
    for (const double rho : {0.05, 0.5, 3.0}) {
      const double t = path.time_of_rho(rho);
      const Marginal m = path.at(t);
      const at::Tensor x = problem.sample_at(t, ids, 3), times = at::full({8}, t, at::kDouble);
      const double gap = largest(m.a * problem.denoise(x, times) - x - m.s * m.s * subject.score(x, times));
      worst = gap <= worst ? worst : gap;  // keeps NaN
    }
  }
  return worst;
}

Recipe multistep(Variable variable, int order) {
  Recipe recipe;
  StepRecipe step;
  step.rule.form = Form::noise;
  step.rule.variable = variable;
  step.order = order;
  recipe.steps.push_back(step);
  return recipe;
}

at::Tensor end_points(const ModelPtr& tp1, const Recipe& recipe, int steps, std::vector<double> starts) {
  const auto rows = static_cast<std::int64_t>(starts.size());
  const ModelInfo& info = tp1->info();
  DrawRequest request{Field(tp1)};
  request.plan = compile_plan(recipe, make_grid("time2", info.path, steps), info.path, info.head);
  request.count = rows;
  request.noise = at::tensor(starts, at::kDouble).reshape({rows, 1});
  return draw(request).samples;
}

struct Golden {
  const char* name;
  Recipe recipe;
  double end;
};

std::vector<Golden> golden_values() {
  return {{"ddim", make_recipe("ddim"), .2023592632},
          {"heun", make_recipe("heun"), .2896888875},
          {"rk4", make_recipe("rk4"), .2664073047},
          {"time-ab2", multistep(Variable::time, 2), .2420071459},
          {"time-ab4", multistep(Variable::time, 4), .2597870433},
          {"rho-ab2", multistep(Variable::rho, 2), .2319690810},
          {"rho-ab4", multistep(Variable::rho, 4), .2410256947}};
}

/// Least-squares slope of log(error) over -log(steps), the error against a far finer grid.
double order_of(const ModelPtr& tp1, const Recipe& recipe) {
  const std::vector<double> starts{-1.7, -.3, .2, .9};
  const at::Tensor exact = end_points(tp1, make_recipe("rk4"), 1280, starts);
  std::vector<double> x, y;
  for (int steps = 20; steps <= 320; steps *= 2) {
    x.push_back(-std::log(steps));
    y.push_back(std::log(largest(end_points(tp1, recipe, steps, starts) - exact)));
  }
  double sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sx += x[i], sy += y[i], sxx += x[i] * x[i], sxy += x[i] * y[i];
  const double n = static_cast<double>(x.size());
  return (n * sxy - sx * sy) / (n * sxx - sx * sx);
}

double differing_rows(const at::Tensor& a, const at::Tensor& b) {
  if (a.sizes() != b.sizes()) return static_cast<double>(std::max(a.size(0), b.size(0)));
  double count = 0;
  for (std::int64_t r = 0; r < a.size(0); ++r) count += !at::equal(a[r], b[r]);
  return count;
}

double s2_errors(const std::vector<ModelPtr>& models, const SetThreads& set_threads) {
  double errors = 0;
  for (const ModelPtr& model : models)
    for (const char* solver : {"ddim", "heun", "ddpm"}) {
      DrawRequest request{Field(model)};
      request.solver = solver;
      request.steps = 5;
      request.seed = 8;
      for (std::uint64_t id = 0; id < 21; ++id) request.ids.push_back(id);
      const at::Tensor all = draw(request).samples;
      DrawRequest other = request;
      for (const std::int64_t batch : {1, 2, 16}) {
        other.batch = batch;
        errors += differing_rows(draw(other).samples, all);
      }
      other = request;
      std::reverse(other.ids.begin(), other.ids.end());
      errors += differing_rows(draw(other).samples.flip({0}), all);
      if (!set_threads) continue;
      const int former = at::get_num_threads();
      for (const int threads : {1, 2}) {
        set_threads(threads);
        errors += differing_rows(draw(request).samples, all);
      }
      set_threads(former);
    }
  return errors;
}

}  // namespace

ExactSubjects shipped_problems() {
  ExactSubjects subjects;
  for (const char* spec :
       {"tp1", "ring", "checkerboard", "swissroll", "ring:path=flow", "checkerboard:path=vp"}) {
    const ProblemPtr problem = named_problem(spec);
    subjects.scored.push_back(
        {problem, [problem](const at::Tensor& x, const at::Tensor& t) { return problem->score(x, t); }});
    subjects.rowwise.push_back(problem);
  }
  subjects.tp1 = named_problem("tp1");
  subjects.rowwise.push_back(named_problem("swissroll")->with_dtype(at::kFloat));
  return subjects;
}

void check_problems(Checklist& list, const SetThreads& set_threads, const ExactSubjects& subjects) {
  list.add({"tweedie", "the denoised answer and the score of exact problems agree", "difference", 1e-11},
           [&] { return tweedie_gap(subjects.scored); });
  for (const Golden& golden : golden_values())
    list.add(
        {std::string("golden/") + golden.name, "the end point is the published one", "difference", 1e-10},
        [&] {
          return std::fabs(end_points(subjects.tp1, golden.recipe, 10, {.3}).item<double>() - golden.end);
        });
  for (const auto& [solver, order] : {std::pair{"ddim", 1.0}, {"heun", 2.0}})
    list.add({std::string("order/") + solver, "the error falls with the steps as the order says",
              "of the slope", 0.2},
             [&, solver = solver, order = order] {
               return std::fabs(order_of(subjects.tp1, make_recipe(solver)) - order);
             });
  list.add({"s2", "exact problems: a row's result does not depend on its batch, order or threads", "rows", 0},
           [&] { return s2_errors(subjects.rowwise, set_threads); });
}

}  // namespace ulam
