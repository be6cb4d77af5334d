#include "bench/benchmarks.h"
#include "bench/timing.h"
#include <array>

#include <fmt/format.h>

#include "ulam/kernels/tile.h"

namespace ulam::bench {
namespace {

template <typename T>
void products(Report& report, const char* type) {
  for (const auto& [rows, inner, cols] :
       {std::array<std::int64_t, 3>{64, 784, 10000}, {64, 3072, 2000}, {1, 784, 10000}}) {
    const std::vector<T> x(static_cast<std::size_t>(rows * inner), T(0.5)),
        w(static_cast<std::size_t>(inner * cols), T(0.25));
    std::vector<T> out(static_cast<std::size_t>(rows * cols)), back(static_cast<std::size_t>(rows * inner));
    const Pair p =
        interleaved([&, rows = rows, inner = inner,
                     cols = cols] { kernels::matmul_rows_transposed<T>(x, w, rows, inner, cols, out); },
                    [&, rows = rows, inner = inner, cols = cols] {
                      kernels::matmul_rows<T>(out, w, rows, cols, inner, back);
                    });
    const double work = 2e-9 * static_cast<double>(rows * inner * cols);
    report.row(fmt::format("{}, {} points of {}, batch {}", type, cols, inner, rows),
               {work / p.ours, work / p.theirs});
  }
}

}  // namespace

void bench_products(Report& report) {
  report.table("products that keep a row's bits, GFLOP/s", {"dot products", "weighted sums"});
  products<float>(report, "float");
  products<double>(report, "double");
}

}  // namespace ulam::bench
