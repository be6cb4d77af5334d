#include "bench/benchmarks.h"
#include <cstdlib>
#include <new>

#include <ATen/ATen.h>

#include "ulam/draw/draw.h"

namespace {
bool counting = false;
long allocations = 0;
}  // namespace

// Not inlined: the compiler would pair malloc with the library's delete and warn.
[[gnu::noinline]] void* operator new(std::size_t size) {
  if (counting) ++allocations;
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
// The library's own nothrow form need not call the one above; a sanitizer's does not.
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  if (counting) ++allocations;
  return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace ulam::bench {
namespace {

/// Answers with a fresh tensor, as a network would; what it allocates is its own.
class Zeros final : public Model {
 public:
  Zeros() {
    info_.path = Path::vp();
    info_.head.kind = Prediction::noise;
    info_.shape = {4, 64, 64};
  }
  const ModelInfo& info() const override { return info_; }
  at::Tensor forward(const at::Tensor& x, const at::Tensor&, const Conditions&, Call&) const override {
    const bool was = counting;
    counting = false;
    at::Tensor answer = at::zeros(x.sizes(), x.options());
    counting = was;
    return answer;
  }

 private:
  ModelInfo info_;
};

}  // namespace

void bench_allocations(Report& report) {
  constexpr int steps = 12, warm = 6;
  report.table("calls of operator new outside the model", {"first step", "a warm step"});
  const auto model = std::make_shared<Zeros>();
  double most = 0;
  for (const SolverEntry& solver : solvers()) {
    const ModelInfo& info = model->info();
    const SolverProcess process(make_plan(solver.name, "time2", steps, info.path, info.head), Field(model));
    const std::vector<std::uint64_t> ids{0, 1, 2, 3};
    State state = process.start(ids);
    Ledger ledger;
    const Watch watch;
    const auto counted = [&](int count) {
      allocations = 0;
      counting = true;
      for (int i = 0; i < count; ++i) process.step(state, ledger, watch);
      counting = false;
      return static_cast<double>(allocations) / count;
    };
    const double first = counted(1);  // shows that the counting works
    for (int i = 1; i < warm; ++i) process.step(state, ledger, watch);
    const double each = counted(steps - warm);
    report.row(solver.name, {first, each});
    most = std::max(most, each);
  }
  report.headline("allocations in a warm step, most of all solvers", most, "calls");
}

}  // namespace ulam::bench
