#include "ulam/kernels/fused.h"

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "ulam/base/error.h"

using namespace ulam;
using namespace ulam::kernels;

namespace {

// Operands of one fused step, filled from keys; `alias[o]` >= 0 puts output o on that input.
template <typename T>
struct Operands {
  Operands(std::size_t inputs, std::size_t outputs, std::int64_t rows, std::int64_t row_size, bool per_row,
           bool noise, std::vector<int> alias, std::uint64_t seed) {
    const Key key = make_key(seed, Stream::test);
    std::uint64_t element = 0;
    const auto next = [&] { return 2 * random_uniform({key, seed, 1}, element++) - 1; };
    const std::size_t n = static_cast<std::size_t>(rows * row_size);
    arrays.assign(inputs + outputs, std::vector<T>(n));
    for (std::size_t i = 0; i < inputs; ++i)
      for (T& x : arrays[i]) x = static_cast<T>(3 * next());
    for (std::size_t i = 0; i < inputs; ++i) in.push_back(arrays[i].data());
    for (std::size_t o = 0; o < outputs; ++o) {
      const int a = o < alias.size() ? alias[o] : -1;
      out.push_back(a >= 0 ? arrays[static_cast<std::size_t>(a)].data() : arrays[inputs + o].data());
    }
    const std::size_t sets = per_row ? static_cast<std::size_t>(rows) : 1;
    for (std::size_t i = 0; i < sets * inputs * outputs; ++i) {
      const double w = next();
      weights.push_back(std::fabs(w) < 0.3 ? 0.0 : w);  // about a third of the inputs take no part
    }
    if (noise)
      for (std::size_t i = 0; i < sets * outputs; ++i) scale.push_back(i % 3 == 2 ? 0.0 : next());
    for (std::int64_t r = 0; r < rows; ++r)
      keys.push_back({key, 17 * static_cast<std::uint64_t>(r) + (std::uint64_t{1} << 40), 5});
    step = {in, out, weights, per_row, scale, keys, rows, row_size};
  }
  std::vector<std::vector<T>> arrays;
  std::vector<const T*> in;
  std::vector<T*> out;
  std::vector<double> weights, scale;
  std::vector<RowKey> keys;
  FusedStep<T> step;
};

template <typename T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

template <typename T>
void expect_reference_bits(const std::function<Operands<T>()>& make, const std::string& what) {
  Operands<T> expected = make();
  fused_step_reference(expected.step);
  for (const Isa isa : usable_isas())
    for (const int threads : {1, 2, 3}) {
      Operands<T> got = make();
      fused_step(got.step, threads, isa);
      for (std::size_t a = 0; a < got.arrays.size(); ++a)
        ASSERT_TRUE(same_bits(got.arrays[a], expected.arrays[a]))
            << what << ", array " << a << ", " << name(isa) << ", " << threads << " threads";
    }
}

template <typename T>
void sweep() {
  std::uint64_t seed = 1;
  for (const std::size_t inputs : {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 17})
    for (const std::size_t outputs : {1, 2, 3, 5})
      for (const auto& [rows, row_size] : {std::pair{1, 1}, {3, 2}, {5, 77}, {2, 1500}, {300, 3}})
        for (const bool per_row : {false, true})
          for (const bool noise : {false, true}) {
            if ((seed * 7) % 3 == 0 && rows * row_size > 1000 && ++seed) continue;
            const int in_place = inputs == 0 ? -1 : static_cast<int>(seed % inputs);
            const std::vector<int> alias =
                seed % 4 == 0   ? std::vector<int>{}
                : seed % 4 == 1 ? std::vector<int>{in_place}
                : seed % 4 == 2 ? std::vector<int>{-1, in_place}
                                : std::vector<int>{in_place, inputs > 1 ? (in_place + 1) % int(inputs) : -1};
            expect_reference_bits<T>(
                [&, rows = rows, row_size = row_size] {
                  return Operands<T>(inputs, outputs, rows, row_size, per_row, noise, alias, seed);
                },
                fmt::format("{} x {}, {} rows of {}, per row {}, noise {}", outputs, inputs, rows, row_size,
                            per_row, noise));
            if (::testing::Test::HasFatalFailure()) return;
            ++seed;
          }
}

}  // namespace

// The contract: every count of inputs and outputs, in place or not, has the reference's bits on every
// instruction set.
TEST(Fused, FloatHasTheBitsOfTheReference) { sweep<float>(); }
TEST(Fused, DoubleHasTheBitsOfTheReference) { sweep<double>(); }

// Sizes at which threads share the work, with ragged ends.
TEST(Fused, LargeWorkHasTheBitsOfTheReferenceOnThreads) {
  for (const auto& alias : {std::vector<int>{}, std::vector<int>{1}, std::vector<int>{0, 1}})
    expect_reference_bits<float>([&] { return Operands<float>(2, 2, 3, 100001, false, false, alias, 97); },
                                 "large");
  expect_reference_bits<float>([&] { return Operands<float>(2, 1, 9, 20011, true, true, {0}, 98); }, "noisy");
}

// Two outputs in place of their inputs where one sum is empty: its zeros must not reach the other sum.
TEST(Fused, EmptySumInPlaceDoesNotSpoilTheOther) {
  for (const bool swapped : {false, true}) {
    std::vector<float> x{1, 2}, y{3, 4};
    const std::vector<const float*> in{x.data(), y.data()};
    const std::vector<float*> out{x.data(), y.data()};
    const std::vector<double> weights =
        swapped ? std::vector<double>{1, 1, 0, 0} : std::vector<double>{0, 0, 1, 1};
    fused_step<float>({in, out, weights, false, {}, {}, 1, 2});
    EXPECT_EQ(swapped ? x : y, (std::vector<float>{4, 6}));
    EXPECT_EQ(swapped ? y : x, (std::vector<float>{0, 0}));
  }
}

TEST(Fused, IsTheWeightedSumOfItsInputs) {
  const std::vector<float> x{1, 2, 3}, y{10, 20, 30};
  std::vector<float> sum(3), difference(3);
  const std::vector<const float*> in{x.data(), y.data()};
  const std::vector<float*> out{sum.data(), difference.data()};
  const std::vector<double> weights{2, 0.5, -1, 1};
  fused_step<float>({in, out, weights, false, {}, {}, 1, 3});
  EXPECT_EQ(sum, (std::vector<float>{7, 14, 21}));
  EXPECT_EQ(difference, (std::vector<float>{9, 18, 27}));
}

TEST(Fused, ZeroWeightsNeitherSpreadNanNorLoseTheSignOfZero) {
  const std::vector<float> bad{std::numeric_limits<float>::quiet_NaN()}, minus_zero{-0.0f};
  std::vector<float> out_value{5};
  const std::vector<const float*> in{bad.data(), minus_zero.data()};
  const std::vector<float*> out{out_value.data()};
  const std::vector<double> weights{-0.0, 1};
  fused_step<float>({in, out, weights, false, {}, {}, 1, 1});
  EXPECT_EQ(out_value[0], 0.0f);
  EXPECT_TRUE(std::signbit(out_value[0]));
}

TEST(Fused, OutputWithoutPartsIsZero) {
  const std::vector<double> x{4, 4};
  std::vector<double> y{1, 1};
  const std::vector<const double*> in{x.data()};
  const std::vector<double*> out{y.data()};
  const std::vector<double> weights{0}, scale{0};
  fused_step<double>({in, out, weights, false, scale, {}, 1, 2});
  EXPECT_EQ(y, (std::vector<double>{0, 0}));
}

// A row's result must not depend on its neighbours: rows alone and in a batch have the same bits.
TEST(Fused, RowAloneHasTheBitsOfTheRowInABatch) {
  Operands<float> batch(3, 1, 8, 301, true, true, {1}, 7), alone(3, 1, 8, 301, true, true, {1}, 7);
  fused_step(batch.step);
  for (std::size_t r = 8; r-- > 0;) {
    std::vector<const float*> in;
    for (const float* p : alone.in) in.push_back(p + 301 * r);
    const std::vector<float*> out{alone.out[0] + 301 * r};
    fused_step<float>({in, out, std::span(alone.weights).subspan(3 * r, 3), true,
                       std::span(alone.scale).subspan(r, 1), std::span(alone.keys).subspan(r, 1), 1, 301});
  }
  EXPECT_TRUE(same_bits(batch.arrays[1], alone.arrays[1]));
}

TEST(Fused, RefusesSizesThatDoNotFit) {
  const auto refuses = [](const std::function<void(Operands<float>&)>& spoil, const char* what) {
    Operands<float> o(2, 2, 3, 4, false, true, {}, 3);
    spoil(o);
    try {
      fused_step(o.step);
      ADD_FAILURE() << what;
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::shape) << what;
    }
  };
  refuses([](auto& o) { o.step.weights = std::span(o.weights).first(3); }, "a weight is missing");
  refuses([](auto& o) { o.step.per_row = true; }, "weights of one row for three");
  refuses([](auto& o) { o.step.noise_scale = std::span(o.scale).first(1); }, "a noise scale is missing");
  refuses([](auto& o) { o.step.noise = std::span(o.keys).first(2); }, "a key is missing");
  refuses([](auto& o) { o.step.rows = -1; }, "negative rows");
  refuses([](auto& o) { o.out[1] = o.out[0]; }, "two outputs are one array");
}

TEST(Fused, NothingToDoIsNotAnError) {
  const std::vector<double> weights{1};
  const std::vector<const float*> in{nullptr};
  const std::vector<float*> out{nullptr};
  EXPECT_NO_THROW(fused_step<float>({in, out, weights, false, {}, {}, 0, 5}));
  EXPECT_NO_THROW(fused_step<float>({in, out, weights, false, {}, {}, 5, 0}));
}
