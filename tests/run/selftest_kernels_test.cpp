#include "ulam/run/selftest_kernels.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace ulam::selftest_kernels_test {
namespace {

std::vector<std::string> failing(const KernelFunctions& functions) {
  Checklist list;
  check_kernels(list, functions);
  std::vector<std::string> names;
  for (const Check& c : list.checks())
    if (!c.passed) names.push_back(c.claim.name);
  return names;
}
std::string on(const char* group) {
  return std::string(group) + "/" + std::string(name(kernels::best_isa()));
}
bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

TEST(SelftestKernels, TheShippedOnesPass) {
  EXPECT_EQ(failing(shipped_kernels()), std::vector<std::string>{});
}

TEST(SelftestKernels, AWrongPhiloxIsCaught) {
  KernelFunctions broken = shipped_kernels();
  broken.philox = [](PhiloxCounter c, PhiloxKey k) {
    c = philox4x32(c, k);
    c[3] ^= 1;
    return c;
  };
  EXPECT_EQ(failing(broken), std::vector<std::string>{"philox"});
}

// One ulp in one number of the fastest set alone.
TEST(SelftestKernels, OneWrongBitOfANormalIsCaughtOnItsInstructionSet) {
  KernelFunctions broken = shipped_kernels();
  broken.normals = [good = broken.normals](const RowKey& row, std::uint64_t first, std::span<float> out,
                                           kernels::Isa isa) {
    good(row, first, out, isa);
    if (isa == kernels::best_isa() && out.size() == 130) out[129] = std::nextafter(out[129], 9.0f);
  };
  EXPECT_EQ(failing(broken), std::vector<std::string>{on("normals")});
}

// Statistical, 5 sigma: variance 2 % too large, or no numbers at all.
TEST(SelftestKernels, AWrongDistributionIsCaughtByItsMoments) {
  KernelFunctions broken = shipped_kernels();
  broken.normals = [good = broken.normals](const RowKey& row, std::uint64_t first, std::span<float> out,
                                           kernels::Isa isa) {
    good(row, first, out, isa);
    for (float& x : out) x *= 1.01f;
  };
  EXPECT_TRUE(has(failing(broken), "normals/moments"));
  broken.normals = [](const RowKey&, std::uint64_t, std::span<float> out, kernels::Isa) {
    std::fill(out.begin(), out.end(), std::numeric_limits<float>::quiet_NaN());
  };
  EXPECT_TRUE(has(failing(broken), "normals/moments"));
}

TEST(SelftestKernels, AFusedStepThatDropsAnInputIsCaught) {
  KernelFunctions broken = shipped_kernels();
  broken.fused_double = [good = broken.fused_double](const kernels::FusedStep<double>& step, int threads,
                                                     kernels::Isa isa) {
    std::vector<double> weights(step.weights.begin(), step.weights.end());
    if (step.in.size() == 6 && isa == kernels::Isa::plain) weights[5] = 0;
    kernels::FusedStep<double> other = step;
    other.weights = weights;
    good(other, threads, isa);
  };
  EXPECT_EQ(failing(broken), std::vector<std::string>{"fused/plain"});
}

// A fused multiply-add rounds once instead of twice: other bits.
TEST(SelftestKernels, AProductThatRoundsOtherwiseIsCaught) {
  KernelFunctions broken = shipped_kernels();
  broken.product = [](std::span<const double> x, std::span<const double> w, std::int64_t rows,
                      std::int64_t inner, std::int64_t cols, std::span<double> out, kernels::Isa) {
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t c = 0; c < cols; ++c) {
        double sum = 0;
        for (std::int64_t k = 0; k < inner; ++k)
          sum = std::fma(x[static_cast<std::size_t>(r * inner + k)],
                         w[static_cast<std::size_t>(k * cols + c)], sum);
        out[static_cast<std::size_t>(r * cols + c)] = sum;
      }
  };
  EXPECT_EQ(failing(broken).size(), kernels::usable_isas().size());
  EXPECT_TRUE(has(failing(broken), on("products")));
}

// Noise that follows the place in the batch instead of the id; noise that changes with the threads.
TEST(SelftestKernels, NoiseThatDependsOnTheBatchOrTheThreadsIsCaught) {
  KernelFunctions broken = shipped_kernels();
  broken.normal_rows = [good = broken.normal_rows](std::span<const RowKey> rows, std::int64_t size,
                                                   std::span<float> out, int threads) {
    std::vector<RowKey> placed(rows.begin(), rows.end());
    for (std::size_t r = 0; r < placed.size(); ++r) placed[r].id = r;
    good(placed, size, out, threads);
  };
  EXPECT_EQ(failing(broken), std::vector<std::string>{"s1"});
  broken = shipped_kernels();
  broken.normal_rows = [good = broken.normal_rows](std::span<const RowKey> rows, std::int64_t size,
                                                   std::span<float> out, int threads) {
    good(rows, size, out, threads);
    if (threads == 3) out.back() = 0;
  };
  EXPECT_EQ(failing(broken), std::vector<std::string>{"s1"});
}

}  // namespace
}  // namespace ulam::selftest_kernels_test
