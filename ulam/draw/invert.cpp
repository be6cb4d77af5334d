#include "ulam/draw/invert.h"

#include <ATen/ATen.h>

#include "ulam/base/error.h"

namespace ulam {
namespace {

constexpr const char* invert_place = "invert";

void check_times(const Path& path, const std::vector<double>& times) {
  if (path.has_centre())
    fail(ErrorKind::unsupported, invert_place, "the path has a centre, which no picture tells");
  if (times.size() < 2)
    fail(ErrorKind::option, invert_place, "{} times, at least 2 are needed", times.size());
  for (std::size_t i = 0; i + 1 < times.size(); ++i)
    if (!(path.rho(times[i]) > path.rho(times[i + 1])))
      fail(ErrorKind::option, invert_place, "time {} does not fall to time {}", times[i], times[i + 1]);
}

}  // namespace

at::Tensor invert(const Field& field, const at::Tensor& x0, const std::vector<double>& times,
                  const Conditions& conditions, Ledger& ledger, const Watch& watch) {
  const ModelInfo& info = field.info();
  check_times(info.path, times);
  const int steps = static_cast<int>(times.size()) - 1;
  at::Tensor x = x0.to(info.dtype) * info.path.at(times.back()).a;
  std::vector<at::Tensor> nodes{x};
  for (int i = steps; i > 0; --i) {
    if (watch.cancelled()) return {};
    watch.report({"inverting", steps - i, steps, "steps", ""});
    const auto node = static_cast<std::size_t>(i);
    const Marginal here = info.path.at(times[node]), above = info.path.at(times[node - 1]);
    const double asked = here.s > 0 ? times[node] : times[node - 1];
    Context context;
    context.step = steps - i, context.steps = steps;
    const at::Tensor p =
        field.answer(x, at::full({x.size(0)}, asked, at::kDouble), conditions, context, ledger, watch)
            .prediction;
    const Affine noise = to_noise(info.head, info.path.at(asked));
    const double ratio = above.a / here.a, of_noise = above.s - ratio * here.s;
    x = x * (ratio + of_noise * noise.of_x) + p * (of_noise * noise.of_p);
    nodes.push_back(x);
  }
  return at::stack(std::vector<at::Tensor>(nodes.rbegin(), nodes.rend()), 1);
}

}  // namespace ulam
