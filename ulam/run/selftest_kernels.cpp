#include "ulam/run/selftest_kernels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "ulam/kernels/normal.h"
#include "ulam/kernels/tile.h"

namespace ulam {
namespace {

using kernels::FusedStep;
using kernels::Isa;

Key test_key() { return make_key(20, Stream::test); }

template <typename T>
double differing(std::span<const T> a, std::span<const T> b) {
  double count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += std::memcmp(&a[i], &b[i], sizeof(T)) != 0;
  return count;
}

/// In (-1, 1), with all bits of the significand in use: products of fewer bits would hide a missing rounding.
double full_value(const RowKey& row, std::uint64_t element) {
  return 2 * std::sqrt(random_uniform(row, element)) - 1;
}

double philox_errors(const KernelFunctions& functions) {
  struct Known {
    PhiloxCounter counter;
    PhiloxKey key;
    PhiloxCounter answer;
  };
  constexpr std::uint32_t ones = 0xffffffffu;
  const std::array<Known, 3> vectors{
      {{{0, 0, 0, 0}, {0, 0}, {0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u}},
       {{ones, ones, ones, ones}, {ones, ones}, {0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu}},
       {{0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u},
        {0xa4093822u, 0x299f31d0u},
        {0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u}}}};
  return static_cast<double>(std::count_if(vectors.begin(), vectors.end(), [&](const Known& v) {
    return functions.philox(v.counter, v.key) != v.answer;
  }));
}

// Ragged starts and lengths, so that heads, whole tiles and tails are all made.
double normal_errors(const KernelFunctions& functions, Isa isa) {
  double errors = 0;
  std::vector<float> got, expected;
  for (const std::uint64_t first : {0, 1, 127, 1000})
    for (const std::size_t n : {1, 3, 130, 4099}) {
      const RowKey row{test_key(), 5 + first, 2};
      got.assign(n, -9.0f);
      expected.clear();
      functions.normals(row, first, got, isa);
      for (std::size_t e = 0; e < n; ++e) expected.push_back(kernels::normal_reference(row, first + e));
      errors += differing<float>(got, expected);
    }
  return errors;
}

double worst_moment(const KernelFunctions& functions) {
  std::vector<float> z(1 << 20);
  functions.normals({test_key(), 1, 0}, 0, z, kernels::best_isa());
  std::array<double, 4> sum{};
  for (const double x : z) {
    sum[0] += x;
    sum[1] += x * x;
    sum[2] += x * x * x;
    sum[3] += x * x * x * x;
  }
  constexpr std::array<double, 4> expected{0, 1, 0, 3}, variance{1, 2, 15, 96};
  const double n = static_cast<double>(z.size());
  double worst = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const double distance = std::fabs(sum[i] / n - expected[i]) / std::sqrt(variance[i] / n);
    worst = distance <= worst ? worst : distance;  // keeps NaN
  }
  return worst;
}

template <typename T>
struct Operands {
  std::vector<std::vector<T>> arrays;
  std::vector<const T*> in;
  std::vector<T*> out;
  std::vector<double> weights, scale;
  std::vector<RowKey> keys;
  FusedStep<T> step;

  Operands(std::size_t inputs, std::size_t outputs, bool in_place, bool noise) {
    constexpr std::int64_t rows = 3, row_size = 517;
    const RowKey row{test_key(), inputs, static_cast<std::uint32_t>(outputs)};
    std::uint64_t element = 0;
    arrays.assign(inputs + outputs, std::vector<T>(static_cast<std::size_t>(rows * row_size)));
    for (std::vector<T>& array : arrays)
      for (T& x : array) x = static_cast<T>(full_value(row, element++));
    for (std::size_t i = 0; i < inputs; ++i) in.push_back(arrays[i].data());
    for (std::size_t o = 0; o < outputs; ++o)
      out.push_back(in_place && o < inputs ? arrays[o].data() : arrays[inputs + o].data());
    for (std::size_t i = 0; i < inputs * outputs; ++i)
      weights.push_back(i % 5 == 3 ? 0.0 : full_value(row, element++));
    if (noise) scale.assign(outputs, 0.3);
    for (std::int64_t r = 0; r < rows; ++r)
      keys.push_back({test_key(), 40 + static_cast<std::uint64_t>(r), 1});
    step = {in, out, weights, false, scale, keys, rows, row_size};
  }
};

template <typename T, typename Fused>
double fused_errors(const Fused& fused, Isa isa) {
  double errors = 0;
  for (std::size_t inputs = 1; inputs <= 6; ++inputs)
    for (std::size_t outputs = 1; outputs <= 2; ++outputs)
      for (const bool in_place : {false, true})
        for (const bool noise : {false, true}) {
          Operands<T> expected(inputs, outputs, in_place, noise), got(inputs, outputs, in_place, noise);
          kernels::fused_step_reference(expected.step);
          fused(got.step, 1, isa);
          for (std::size_t a = 0; a < got.arrays.size(); ++a)
            errors += differing<T>(got.arrays[a], expected.arrays[a]);
        }
  return errors;
}

// Every element is a running sum over k, rounded product by product; rows beyond the tiles included.
double product_errors(const KernelFunctions& functions, Isa isa) {
  double errors = 0;
  for (const auto& [rows, inner, cols] : {std::array<std::size_t, 3>{1, 3, 5}, {17, 40, 33}, {64, 129, 70}}) {
    std::vector<double> x(rows * inner), w(inner * cols), expected(rows * cols), got(rows * cols);
    std::uint64_t element = 0;
    for (std::vector<double>* values : {&x, &w})
      for (double& v : *values) v = full_value({test_key(), rows, 9}, element++);
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t k = 0; k < inner; ++k)
        for (std::size_t c = 0; c < cols; ++c) expected[r * cols + c] += x[r * inner + k] * w[k * cols + c];
    functions.product(x, w, static_cast<std::int64_t>(rows), static_cast<std::int64_t>(inner),
                      static_cast<std::int64_t>(cols), got, isa);
    errors += differing<double>(got, expected);
  }
  return errors;
}

// Each row of a batch against itself alone, in the reversed batch, and on more threads.
double s1_errors(const KernelFunctions& functions) {
  double errors = 0;
  for (const std::size_t size : {1, 6, 801, 70000}) {
    const std::size_t count = size > 1000 ? 8 : 33;
    std::vector<RowKey> rows, reversed;
    for (std::size_t r = 0; r < count; ++r) rows.push_back({test_key(), 900 + 7 * r, 3});
    reversed.assign(rows.rbegin(), rows.rend());
    const auto n = static_cast<std::int64_t>(size);
    std::vector<float> batch(count * size), other(count * size), alone(size);
    functions.normal_rows(rows, n, batch, 1);
    const auto row = [&](std::vector<float>& of, std::size_t r) {
      return std::span<const float>(of).subspan(r * size, size);
    };
    for (std::size_t r = 0; r < count; r += 4) {
      functions.normal_rows(std::span(rows).subspan(r, 1), n, alone, 1);
      errors += differing<float>(alone, row(batch, r));
    }
    functions.normal_rows(reversed, n, other, 1);
    for (std::size_t r = 0; r < count; ++r)
      errors += differing<float>(row(other, count - 1 - r), row(batch, r));
    for (const int threads : {2, 3}) {
      functions.normal_rows(rows, n, other, threads);
      errors += differing<float>(other, batch);
    }
  }
  return errors;
}

}  // namespace

KernelFunctions shipped_kernels() {
  KernelFunctions f;
  f.philox = [](PhiloxCounter c, PhiloxKey k) { return philox4x32(c, k); };
  f.normals = [](const RowKey& row, std::uint64_t first, std::span<float> out, Isa isa) {
    kernels::fill_normal(row, first, out, isa);
  };
  f.normal_rows = [](std::span<const RowKey> rows, std::int64_t size, std::span<float> out, int threads) {
    kernels::fill_normal_rows(rows, size, out, threads);
  };
  f.fused_float = [](const FusedStep<float>& step, int threads, Isa isa) {
    kernels::fused_step(step, threads, isa);
  };
  f.fused_double = [](const FusedStep<double>& step, int threads, Isa isa) {
    kernels::fused_step(step, threads, isa);
  };
  f.product = [](std::span<const double> x, std::span<const double> w, std::int64_t rows, std::int64_t inner,
                 std::int64_t cols, std::span<double> out,
                 Isa isa) { kernels::matmul_rows(x, w, rows, inner, cols, out, 1, isa); };
  return f;
}

void check_kernels(Checklist& list, const KernelFunctions& functions) {
  list.add({"philox", "random words are those that Random123 publishes", "wrong answers", 0},
           [&] { return philox_errors(functions); });
  for (const Isa isa : kernels::usable_isas())
    list.add({fmt::format("normals/{}", kernels::name(isa)), "normals have the bits of the plain reference",
              "numbers", 0},
             [&] { return normal_errors(functions, isa); });
  list.add({"normals/moments", "the first four moments are those of the normal distribution",
            "standard errors", 5},
           [&] { return worst_moment(functions); });
  for (const Isa isa : kernels::usable_isas())
    list.add({fmt::format("fused/{}", kernels::name(isa)), "the fused step has the bits of the plain loops",
              "numbers", 0},
             [&] {
               return fused_errors<float>(functions.fused_float, isa) +
                      fused_errors<double>(functions.fused_double, isa);
             });
  for (const Isa isa : kernels::usable_isas())
    list.add({fmt::format("products/{}", kernels::name(isa)),
              "matrix products have the bits of the plain loops", "numbers", 0},
             [&] { return product_errors(functions, isa); });
  list.add({"s1", "a row's noise does not depend on its batch, its place or the threads", "numbers", 0},
           [&] { return s1_errors(functions); });
}

}  // namespace ulam
