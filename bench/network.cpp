#include "bench/benchmarks.h"
#include "bench/timing.h"
#include <algorithm>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "ulam/draw/draw.h"
#include "ulam/guide/terms.h"
#include "ulam/model/bundle.h"

namespace ulam::bench {
namespace {

/// A request as the settings have it, its classes in turn.
DrawRequest request_of(const ModelPtr& model, const NetworkSettings& settings, Terms terms = {}) {
  DrawRequest request{Field(model, model->info().row_limit, {}, std::move(terms))};
  request.solver = settings.solver;
  request.count = settings.rows;
  request.steps = settings.steps;
  request.watch.clock = wall_seconds;
  if (!model->info().conditions.empty())
    request.conditions["label"] =
        at::arange(settings.rows, at::kLong).remainder(model->info().conditions.front().classes);
  return request;
}

/// The model's own calls at these times: x in pieces of the size it runs best, and nothing else.
void call_bare(const DrawRequest& request, const Model& model, const at::Tensor& x,
               const std::vector<double>& times) {
  at::NoGradGuard no_grad;
  const std::int64_t rows = x.size(0), limit = model.info().row_limit > 0 ? model.info().row_limit : rows;
  for (const double t : times)
    for (std::int64_t first = 0; first < rows; first += limit) {
      const std::int64_t last = std::min(first + limit, rows);
      Call call;
      Conditions labels;
      for (const auto& [name, value] : request.conditions) labels[name] = value.slice(0, first, last);
      model.forward(x.slice(0, first, last), at::full({last - first}, t, at::kDouble), labels, call);
    }
}

std::vector<double> evaluation_times(const Plan& plan) {
  std::vector<double> times;
  for (int s = 0; s < plan.levels(); ++s)
    for (const Move& m : plan.variant(s, std::min(s, plan.history)).moves)
      if (m.time) times.push_back(*m.time);
  return times;
}

}  // namespace

void bench_network(Report& report, const NetworkSettings& settings) {
  if (settings.threads > 0) at::set_num_threads(settings.threads);
  const auto model = load_bundle(settings.model);
  const ModelInfo& info = model->info();
  const DrawRequest request = request_of(model, settings);
  const std::vector<double> times = evaluation_times(plan_of(request));

  const std::int64_t rows = settings.rows, limit = info.row_limit > 0 ? info.row_limit : rows;
  const at::Tensor x = draw(request).samples;  // warm, and rows of the right scale
  const auto bare = [&] { call_bare(request, *model, x, times); };
  bare();
  std::vector<double> shares;
  const Pair p = interleaved_wall(
      [&] {
        const DrawResult result = draw(request);
        shares.push_back(result.spent.network_seconds / result.spent.seconds);
      },
      bare, settings.pairs);
  report.table(fmt::format("{}, {}, {} rows, {} evaluations a row, {} threads", info.name, settings.solver,
                           rows, times.size(), at::get_num_threads()),
               {"draw ms", "bare calls ms", "of bare calls", "share inside", "ms a row"});
  report.row(fmt::format("median of {} pairs, calls of {} rows", settings.pairs, limit),
             {1e3 * p.ours, 1e3 * p.theirs, p.ratio, median(shares),
              1e3 * p.theirs / static_cast<double>(times.size()) / static_cast<double>(rows)});
  report.headline("share of a draw's time inside the network", 100 * median(shares), "%");
  report.headline("whole draw over its bare network calls", p.ratio, "times");
}

void bench_guidance(Report& report, const NetworkSettings& settings) {
  if (settings.threads > 0) at::set_num_threads(settings.threads);
  const auto model = load_bundle(settings.model);
  const DrawRequest plain = request_of(model, settings);
  const std::vector<double> times = evaluation_times(plan_of(plain));
  const at::Tensor x = draw(plain).samples;
  const auto bare = [&] { call_bare(plain, *model, x, times); };
  bare();
  report.table(
      fmt::format("{}, {}, {} rows, {} evaluations a row without guidance, {} threads", model->info().name,
                  settings.solver, settings.rows, times.size(), at::get_num_threads()),
      {"draw ms", "bare calls ms", "of bare calls", "evaluations"});
  const ModelFinder none = [](const std::string&) -> ModelPtr { return nullptr; };
  for (const char* guide : {"cfg:scale=2", "cfg:scale=2,stop=0.5", "pag:strength=1"}) {
    const DrawRequest guided = request_of(model, settings, make_terms(guide, none));
    std::int64_t evaluations = 0;
    const Pair p =
        interleaved_wall([&] { evaluations = draw(guided).spent.evaluations; }, bare, settings.pairs);
    report.row(guide,
               {1e3 * p.ours, 1e3 * p.theirs, p.ratio, static_cast<double>(evaluations) / settings.rows});
    report.headline(fmt::format("draw with {} over the bare calls of one row set", guide), p.ratio, "times");
  }
}

}  // namespace ulam::bench
