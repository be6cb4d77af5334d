#pragma once
// Checks of the lowest layer on this machine: random numbers, normals, the fused step and products on every
// instruction set.
#include <functional>
#include <span>

#include "ulam/base/key.h"
#include "ulam/kernels/fused.h"
#include "ulam/run/check.h"

namespace ulam {

/// The functions under test. Replaceable, so that a test can show that a broken one is caught.
struct KernelFunctions {
  std::function<PhiloxCounter(PhiloxCounter, PhiloxKey)> philox;
  std::function<void(const RowKey&, std::uint64_t first, std::span<float>, kernels::Isa)> normals;
  std::function<void(std::span<const RowKey>, std::int64_t row_size, std::span<float>, int threads)>
      normal_rows;
  std::function<void(const kernels::FusedStep<float>&, int threads, kernels::Isa)> fused_float;
  std::function<void(const kernels::FusedStep<double>&, int threads, kernels::Isa)> fused_double;
  /// out = x w for x rows x inner, w inner x cols, all row-major.
  std::function<void(std::span<const double> x, std::span<const double> w, std::int64_t rows,
                     std::int64_t inner, std::int64_t cols, std::span<double> out, kernels::Isa)>
      product;
};
/// Those that draws use.
KernelFunctions shipped_kernels();

/// Adds: "philox" (known answers of Random123), for every usable instruction set "normals/ISA", "fused/ISA"
/// and "products/ISA" (results whose bits differ from the plain loops, bound 0), "normals/moments" (the
/// largest of the first four moments' distances from 0, 1, 0, 3 over 2^20 numbers, in standard errors, bound
/// 5), and "s1" (numbers that differ when rows are made alone, in another order, or on other threads, bound
/// 0). Takes about 0.2 s.
void check_kernels(Checklist& list, const KernelFunctions& functions = shipped_kernels());

}  // namespace ulam
