// Measures the kernels against what they are promised to reach: normals against libtorch's normal_ on one
// thread, fused steps against hand-unrolled loops over the same arrays and against the copy bandwidth, matrix
// products in GFLOP/s. Every figure is the median over interleaved pairs, since the machine may be shared:
// one pair is one run of each side.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include "ulam/kernels/fused.h"
#include "ulam/kernels/normal.h"
#include "ulam/kernels/tile.h"

namespace {

using namespace ulam;
using namespace ulam::kernels;

// Processor time of this thread: what other programs take away does not count.
double thread_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double seconds_of(const std::function<void()>& work) {
  const double start = thread_seconds();
  work();
  return thread_seconds() - start;
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

struct Pair {
  double ours, theirs, ratio;  // medians of seconds and of the pairwise quotient ours / theirs
};

Pair measure(const std::function<void()>& ours, const std::function<void()>& theirs) {
  const double once = std::max(seconds_of(ours), seconds_of(theirs));
  const int repeats = std::max(1, static_cast<int>(200e-6 / once));  // a side lasts at least 200 us
  const int pairs = std::clamp(static_cast<int>(1.0 / (2 * repeats * once)), 15, 401);
  std::vector<double> a, b, q;
  const auto side = [repeats](const std::function<void()>& work) {
    return seconds_of([&] {
             for (int i = 0; i < repeats; ++i) work();
           }) /
           repeats;
  };
  for (int p = 0; p < pairs; ++p) {
    const bool first = p % 2 == 0;
    const double x = side(first ? ours : theirs), y = side(first ? theirs : ours);
    a.push_back(first ? x : y);
    b.push_back(first ? y : x);
    q.push_back(a.back() / b.back());
  }
  return {median(a), median(b), median(q)};
}

void bench_normals() {
  fmt::print("normals, one thread           M/s    libtorch M/s   ratio\n");
  const RowKey row{make_key(1, Stream::test), 1, 0};
  for (const std::int64_t n : {4 * 4 * 64 * 64, 1 << 20, 1 << 24}) {
    at::Tensor theirs = at::empty({n}), ours = at::empty({n});
    const std::span<float> out(ours.data_ptr<float>(), static_cast<std::size_t>(n));
    for (const Isa isa : usable_isas()) {
      const Pair p = measure([&] { fill_normal(row, 0, out, isa); }, [&] { theirs.normal_(); });
      fmt::print("  n = {:>9} {:>7} {:>10.0f} {:>14.0f} {:>8.2f}\n", n, name(isa), n / p.ours / 1e6,
                 n / p.theirs / 1e6, 1 / p.ratio);
    }
  }
}

// What one would write by hand for a fixed count of inputs; compiled for the same instruction set.
#define HAND(N, SUM)                                                                                     \
  [[gnu::noinline]] ULAM_HAND_TARGET void hand##N(const float* const* x, const float* w, std::int64_t n, \
                                                  float* o) {                                            \
    const float *a = x[0], *b = x[1], *c = x[2], *d = x[3];                                              \
    const float wa = w[0], wb = w[1], wc = w[2], wd = w[3];                                              \
    (void)b, (void)c, (void)d, (void)wb, (void)wc, (void)wd;                                             \
    ULAM_INDEPENDENT                                                                                     \
    for (std::int64_t e = 0; e < n; ++e) o[e] = SUM;                                                     \
  }
#ifdef ULAM_X86
#define ULAM_HAND_TARGET ULAM_TARGET_AVX512
#else
#define ULAM_HAND_TARGET
#endif
namespace wide {
HAND(1, wa* a[e])
HAND(2, wa* a[e] + wb * b[e])
HAND(3, wa* a[e] + wb * b[e] + wc * c[e])
HAND(4, wa* a[e] + wb * b[e] + wc * c[e] + wd * d[e])
[[gnu::noinline]] ULAM_HAND_TARGET void two_outputs(const float* const* x, const float* w, std::int64_t n,
                                                    float* const* o) {
  const float *a = x[0], *b = x[1], *c = x[2];
  const float w0 = w[0], w1 = w[1], w2 = w[2], w3 = w[3], w4 = w[4], w5 = w[5];
  float *p = o[0], *q = o[1];
  ULAM_INDEPENDENT
  for (std::int64_t e = 0; e < n; ++e) {
    const float u = a[e], v = b[e], t = c[e];
    p[e] = w0 * u + w1 * v + w2 * t;
    q[e] = w3 * u + w4 * v + w5 * t;
  }
}
}  // namespace wide
#undef ULAM_HAND_TARGET
#define ULAM_HAND_TARGET
namespace narrow {
HAND(1, wa* a[e])
HAND(2, wa* a[e] + wb * b[e])
HAND(3, wa* a[e] + wb * b[e] + wc * c[e])
HAND(4, wa* a[e] + wb * b[e] + wc * c[e] + wd * d[e])
}  // namespace narrow

using Hand = void (*)(const float* const*, const float*, std::int64_t, float*);

struct Shape {
  std::string text;
  std::int64_t rows, row_size;
};

void bench_fused(const Shape& shape) {
  const std::int64_t n = shape.rows * shape.row_size;
  std::vector<std::vector<float>> arrays(6, std::vector<float>(static_cast<std::size_t>(n), 0.5f));
  const float* const x[4] = {arrays[0].data(), arrays[1].data(), arrays[2].data(), arrays[3].data()};
  const double weights[8] = {0.9, -0.3, 0.2, 0.1, 0.3, 0.7, -0.4, 0.2};
  const float narrow_weights[8] = {0.9f, -0.3f, 0.2f, 0.1f, 0.3f, 0.7f, -0.4f, 0.2f};
  float* const outs[2] = {arrays[4].data(), arrays[5].data()};
  const bool has_wide = best_isa() == Isa::avx512;
  const Hand hands[2][4] = {{narrow::hand1, narrow::hand2, narrow::hand3, narrow::hand4},
                            {wide::hand1, wide::hand2, wide::hand3, wide::hand4}};
  const Pair copy = measure([&] { std::memcpy(outs[1], outs[0], static_cast<std::size_t>(n) * 4); },
                            [&] { std::memcpy(outs[0], outs[1], static_cast<std::size_t>(n) * 4); });
  const double byte_time = (copy.ours + copy.theirs) / 2 / (8.0 * static_cast<double>(n));
  fmt::print("{} ({} elements), copy {:.1f} GB/s\n", shape.text, n, 1e-9 / byte_time);
  const auto report = [&](const std::string& what, const Pair& p, int arrays_moved) {
    const double bytes = 4.0 * arrays_moved * static_cast<double>(n);
    fmt::print(
        "  {:<28} {:>10.2f} us {:>10.2f} us by hand   ratio {:>5.2f}   over by {:>7.2f} us   of copy time "
        "{:>5.2f}\n",
        what, p.ours * 1e6, p.theirs * 1e6, p.ratio, (p.ours - 1.15 * p.theirs) * 1e6,
        p.ours / (bytes * byte_time));
  };
  for (std::size_t inputs = 1; inputs <= 4; ++inputs)
    for (const bool in_place : {false, true}) {
      float* const out[1] = {in_place ? arrays[0].data() : outs[0]};
      const FusedStep<float> step{{x, inputs}, out, {weights, inputs}, false,
                                  {},          {},  shape.rows,        shape.row_size};
      const Hand hand = hands[has_wide ? 1 : 0][inputs - 1];
      report(fmt::format("{} in, 1 out{}", inputs, in_place ? ", in place" : ""),
             measure([&] { fused_step(step); }, [&] { hand(x, narrow_weights, n, out[0]); }),
             static_cast<int>(inputs) + 1);
    }
  if (has_wide)
    for (const bool in_place : {false, true}) {
      float* const out[2] = {in_place ? arrays[0].data() : outs[0], outs[1]};
      const FusedStep<float> step{{x, 3}, out, {weights, 6}, false, {}, {}, shape.rows, shape.row_size};
      report(in_place ? "3 in, 2 out, one in place" : "3 in, 2 out",
             measure([&] { fused_step(step); }, [&] { wide::two_outputs(x, narrow_weights, n, out); }), 5);
    }
  std::vector<RowKey> keys;
  for (std::int64_t r = 0; r < shape.rows; ++r)
    keys.push_back({make_key(1, Stream::step), static_cast<std::uint64_t>(r), 0});
  const double scale[1] = {0.25};
  const FusedStep<float> noisy{{x, 2}, {outs, 1}, {weights, 2}, false,
                               scale,  keys,      shape.rows,   shape.row_size};
  const Pair p = measure([&] { fused_step(noisy); },
                         [&] {
                           fill_normal_rows(keys, shape.row_size, arrays[2]);
                           hands[has_wide ? 1 : 0][2](x, narrow_weights, n, outs[0]);
                         });
  report("2 in, 1 out, noise inside", p, 3);
}

template <typename T>
void bench_products(const char* type) {
  for (const auto& [rows, inner, cols] :
       {std::array<std::int64_t, 3>{64, 784, 10000}, {64, 3072, 2000}, {1, 784, 10000}}) {
    std::vector<T> x(static_cast<std::size_t>(rows * inner), T(0.5)),
        w(static_cast<std::size_t>(inner * cols), T(0.25));
    std::vector<T> out(static_cast<std::size_t>(rows * cols)), back(static_cast<std::size_t>(rows * inner));
    const Pair p = measure([&] { matmul_rows_transposed<T>(x, w, rows, inner, cols, out); },
                           [&] { matmul_rows<T>(out, w, rows, cols, inner, back); });
    const double work = 2e-9 * static_cast<double>(rows * inner * cols);
    fmt::print("  {} {} points of {}, batch {}: dot products {:.1f} GFLOP/s, weighted sums {:.1f} GFLOP/s\n",
               type, cols, inner, rows, work / p.ours, work / p.theirs);
  }
}

}  // namespace

int main() {
  at::set_num_threads(1);
  fmt::print("best instruction set: {}\n", name(best_isa()));
  bench_normals();
  for (const Shape& shape : {Shape{"4x4x64x64", 4, 4 * 64 * 64}, Shape{"64x3x32x32", 64, 3 * 32 * 32},
                             Shape{"256x3x64x64", 256, 3 * 64 * 64}, Shape{"900x3x64x64", 900, 3 * 64 * 64}})
    bench_fused(shape);
  fmt::print("products that keep a row's bits\n");
  bench_products<float>("float");
  bench_products<double>("double");
}
