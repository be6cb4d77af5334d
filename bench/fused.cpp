#include "ulam/kernels/fused.h"

#include "bench/benchmarks.h"
#include "bench/hand_loops.h"
#include "bench/timing.h"
#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "ulam/kernels/normal.h"

namespace ulam::bench {
namespace {

using kernels::FusedStep;

struct Shape {
  const char* text;
  std::int64_t rows, row_size;
};

class Workplace {
 public:
  explicit Workplace(const Shape& shape)
      : shape_(shape),
        n_(shape.rows * shape.row_size),
        arrays_(6, std::vector<float>(static_cast<std::size_t>(n_), 0.5f)) {}

  void measure(Report& report, double& worst) {
    const std::size_t bytes = 4 * static_cast<std::size_t>(n_);
    const Pair copy = interleaved([&] { std::memcpy(array(5), array(4), bytes); },
                                  [&] { std::memcpy(array(4), array(5), bytes); });
    byte_time_ = (copy.ours + copy.theirs) / 2 / (2.0 * static_cast<double>(bytes));
    report.table(
        fmt::format("fused step, {} ({} elements), copy {:.1f} GB/s", shape_.text, n_, 1e-9 / byte_time_),
        {"us", "by hand us", "of by hand", "over by us", "of copy time"});
    const float* const x[4] = {array(0), array(1), array(2), array(3)};
    const double weights[6] = {0.9, -0.3, 0.2, 0.1, 0.3, 0.7};
    const float narrow[6] = {0.9f, -0.3f, 0.2f, 0.1f, 0.3f, 0.7f};
    const auto step = [&](std::size_t inputs, std::span<float* const> out) {
      FusedStep<float> s;
      s.in = {x, inputs};
      s.out = out;
      s.weights = {weights, inputs * out.size()};
      s.rows = shape_.rows;
      s.row_size = shape_.row_size;
      return s;
    };
    for (std::size_t inputs = 1; inputs <= 4; ++inputs)
      for (const bool in_place : {false, true}) {
        float* const out[1] = {array(in_place ? 0 : 4)};
        const FusedStep<float> s = step(inputs, out);
        row(report, fmt::format("{} in, 1 out{}", inputs, in_place ? ", in place" : ""),
            interleaved([&] { kernels::fused_step(s); }, [&] { hand_loop(inputs)(x, narrow, n_, out[0]); }),
            inputs + 1, worst);
      }
    for (const bool in_place : {false, true}) {
      float* const out[2] = {array(in_place ? 0 : 4), array(5)};
      const FusedStep<float> s = step(3, out);
      row(report, in_place ? "3 in, 2 out, one in place" : "3 in, 2 out",
          interleaved([&] { kernels::fused_step(s); }, [&] { hand_two_outputs(x, narrow, n_, out); }), 5,
          worst);
    }
    std::vector<RowKey> keys;
    for (std::int64_t r = 0; r < shape_.rows; ++r)
      keys.push_back({make_key(1, Stream::step), static_cast<std::uint64_t>(r), 0});
    const double scale[1] = {0.25};
    float* const out[1] = {array(4)};
    FusedStep<float> noisy = step(2, out);
    noisy.noise_scale = scale;
    noisy.noise = keys;
    double unused = 0;  // the normals, not the bytes, take the time
    row(report, "2 in, 1 out, noise inside",
        interleaved([&] { kernels::fused_step(noisy); },
                    [&] {
                      kernels::fill_normal_rows(keys, shape_.row_size, arrays_[2]);
                      hand_loop(3)(x, narrow, n_, out[0]);
                    }),
        3, unused);
  }

 private:
  float* array(std::size_t i) { return arrays_[i].data(); }
  void row(Report& report, const std::string& name, const Pair& p, std::size_t arrays_moved,
           double& worst) const {
    const double of_copy =
        p.ours / (4.0 * static_cast<double>(arrays_moved) * static_cast<double>(n_) * byte_time_);
    report.row(name, {p.ours * 1e6, p.theirs * 1e6, p.ratio, (p.ours - 1.15 * p.theirs) * 1e6, of_copy});
    worst = std::max(worst, of_copy);
  }

  Shape shape_;
  std::int64_t n_;
  std::vector<std::vector<float>> arrays_;
  double byte_time_ = 0;
};

}  // namespace

void bench_fused(Report& report) {
  for (const Shape& shape :
       {Shape{"4x4x64x64", 4, 4 * 64 * 64}, Shape{"64x3x32x32", 64, 3 * 32 * 32},
        Shape{"256x3x64x64", 256, 3 * 64 * 64}, Shape{"900x3x64x64", 900, 3 * 64 * 64}}) {
    double worst = 0;
    Workplace(shape).measure(report, worst);
    if (shape.rows == 900)
      report.headline("fused step, worst time over that of its bytes in a copy", worst, "times");
  }
}

}  // namespace ulam::bench
