#include "bench/benchmarks.h"
#include "bench/timing.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "ulam/kernels/normal.h"

namespace ulam::bench {

void bench_normals(Report& report) {
  report.table("normals, one thread", {"M/s", "libtorch M/s", "ratio"});
  const RowKey row{make_key(1, Stream::test), 1, 0};
  double best = 0;
  for (const std::int64_t n : {std::int64_t{4 * 4 * 64 * 64}, std::int64_t{1} << 20, std::int64_t{1} << 24}) {
    at::Tensor theirs = at::empty({n}), ours = at::empty({n});
    const std::span<float> out(ours.data_ptr<float>(), static_cast<std::size_t>(n));
    for (const kernels::Isa isa : kernels::usable_isas()) {
      const Pair p = interleaved([&] { kernels::fill_normal(row, 0, out, isa); }, [&] { theirs.normal_(); });
      const double millions = static_cast<double>(n) / 1e6;
      report.row(fmt::format("{} numbers, {}", n, kernels::name(isa)),
                 {millions / p.ours, millions / p.theirs, 1 / p.ratio});
      if (n == 1 << 20 && isa == kernels::best_isa()) best = millions / p.ours;
    }
  }
  report.headline("normals, one thread", best, "M/s");
}

}  // namespace ulam::bench
