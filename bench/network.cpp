#include "bench/benchmarks.h"
#include "bench/timing.h"
#include <algorithm>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include "ulam/draw/draw.h"
#include "ulam/model/bundle.h"

namespace ulam::bench {
namespace {

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
  DrawRequest request{Field(model, info.row_limit)};
  request.solver = settings.solver;
  request.count = settings.rows;
  request.steps = settings.steps;
  request.watch.clock = wall_seconds;
  if (!info.conditions.empty())
    request.conditions["label"] =
        at::arange(settings.rows, at::kLong).remainder(info.conditions.front().classes);
  const std::vector<double> times = evaluation_times(plan_of(request));

  const std::int64_t rows = settings.rows, limit = info.row_limit > 0 ? info.row_limit : rows;
  const at::Tensor x = draw(request).samples;  // warm, and rows of the right scale
  const auto bare = [&] {
    at::NoGradGuard no_grad;
    for (const double t : times)
      for (std::int64_t first = 0; first < rows; first += limit) {
        const std::int64_t last = std::min(first + limit, rows);
        Call call;
        Conditions labels;
        for (const auto& [name, value] : request.conditions) labels[name] = value.slice(0, first, last);
        model->forward(x.slice(0, first, last), at::full({last - first}, t, at::kDouble), labels, call);
      }
  };
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

}  // namespace ulam::bench
