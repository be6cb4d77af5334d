// What a draw costs beyond its network calls: wall time of whole draws over that of the bare calls of the same rows in the
// same chunks, as the median of interleaved pairs.
//
//   overhead MODEL [PAIRS] [ROWS] [STEPS] [THREADS] [SOLVER]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "ulam/draw/draw.h"
#include "ulam/model/bundle.h"

namespace {

using namespace ulam;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

int run(int count, char** words) {
  if (count < 2) {
    std::fprintf(stderr, "usage: overhead MODEL [PAIRS] [ROWS] [STEPS] [THREADS] [SOLVER]\n");
    return 2;
  }
  const auto number = [&](int i, int standard) { return count > i ? std::atoi(words[i]) : standard; };
  const int pairs = number(2, 11), rows = number(3, 64), steps = number(4, 10);
  if (count > 5) at::set_num_threads(number(5, 1));
  const auto model = load_bundle(words[1]);
  DrawRequest request{Field(model)};
  request.solver = count > 6 ? words[6] : "ddim";
  request.count = rows;
  request.steps = steps;
  if (!model->info().conditions.empty())
    request.conditions["label"] = at::arange(rows, at::kLong).remainder(model->info().conditions.front().classes);
  const Plan plan = plan_of(request);
  std::vector<double> times;
  for (int s = 0; s < plan.levels(); ++s)
    for (const Move& m : plan.variant(s, std::min(s, plan.history)).moves)
      if (m.time) times.push_back(*m.time);

  const int limit = request.field.row_limit() > 0 ? request.field.row_limit() : rows;
  const at::Tensor x = draw(request).samples;  // warm, and rows of the right scale
  const auto bare = [&] {
    at::NoGradGuard no_grad;
    for (const double t : times)
      for (int first = 0; first < rows; first += limit) {
        const int last = std::min(first + limit, rows);
        Call call;
        Conditions labels;
        for (const auto& [name, value] : request.conditions) labels[name] = value.slice(0, first, last);
        model->forward(x.slice(0, first, last), at::full({last - first}, t, at::kDouble), labels, call);
      }
  };
  bare();
  std::vector<double> ratios, whole, calls;
  for (int i = 0; i < pairs; ++i) {
    const double a = now();
    draw(request);
    const double b = now();
    bare();
    const double c = now();
    whole.push_back(b - a), calls.push_back(c - b), ratios.push_back((b - a) / (c - b));
  }
  std::printf("%d rows, %zu evaluations a row, calls of %d rows, %d threads\n", rows, times.size(), limit, at::get_num_threads());
  std::printf("whole draw %.1f ms, bare calls %.1f ms, ratio %.4f (median of %d interleaved pairs; %.4f to %.4f)\n", 1e3 * median(whole),
              1e3 * median(calls), median(ratios), pairs, *std::min_element(ratios.begin(), ratios.end()),
              *std::max_element(ratios.begin(), ratios.end()));
  std::printf("network: %.3f ms a row\n", 1e3 * median(calls) / static_cast<double>(times.size()) / rows);
  return 0;
}

}  // namespace

int main(int count, char** words) {
  try {
    return run(count, words);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "overhead: %s\n", e.what());
    return 1;
  }
}
