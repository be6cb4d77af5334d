#include "ulam/draw/step_density.h"

#include <cmath>
#include <numbers>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/draw/apply.h"

namespace ulam {
namespace {

const Row* noise_row(const Variant& variant) {
  if (variant.moves.size() != 1) return nullptr;
  const Row* found = nullptr;
  for (const Row& row : variant.moves[0].rows) {
    if (row.noise == 0) continue;
    if (row.to != Row::To::x) return nullptr;
    found = &row;
  }
  return found;
}

}  // namespace

bool has_density(const Variant& variant) { return noise_row(variant) != nullptr; }

at::Tensor step_log_density(const Plan& plan, const Variant& variant, int step, const State& before,
                            const at::Tensor& answer, const at::Tensor& after) {
  const Row* row = noise_row(variant);
  if (row == nullptr)
    fail(ErrorKind::unsupported, "plan",
         "step {} has no density: it must be one move with noise in its row to x", step);
  Group group;
  group.state = before;
  group.variant = &variant;
  group.registers = before.memory;
  group.registers.resize(static_cast<std::size_t>(plan.memory + plan.scratch));
  group.answer = answer;
  const at::Tensor z =
      (after - row_mean(*row, group)).to(at::kDouble).reshape({before.rows(), -1}) / row->noise;
  const double size = static_cast<double>(z.size(1));
  return z.square().sum(1) * -0.5 - size * (std::log(row->noise) + 0.5 * std::log(2 * std::numbers::pi));
}

at::Tensor step_log_density(const Plan& plan, int step, const State& before, const at::Tensor& answer,
                            const at::Tensor& after) {
  const int count = before.count.empty() ? 0 : before.count[0];
  return step_log_density(plan, plan.variant(step, count), step, before, answer, after);
}

}  // namespace ulam
