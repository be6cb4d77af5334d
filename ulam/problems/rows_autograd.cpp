// The differentiable forms of answer_rows and log_density_rows: custom gradients in closed form.
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include "ulam/base/error.h"
#include "ulam/problems/rows.h"

namespace ulam {
namespace {

/// What the backward pass keeps alive.
struct Kept : torch::CustomClassHolder {
  Kept(DensityPtr d, RowPlan p) : density(std::move(d)), plan(std::move(p)) {}
  DensityPtr density;
  RowPlan plan;
};

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

const Kept& kept(AutogradContext* ctx) {
  if (at::GradMode::is_enabled())
    fail(ErrorKind::unsupported, "problem",
         "exact problems have first derivatives only, second ones were asked for");
  return static_cast<const Kept&>(*ctx->saved_data["kept"].toCapsule());
}

void keep(AutogradContext* ctx, const DensityPtr& density, const RowPlan& plan, const at::Tensor& x) {
  ctx->save_for_backward({x});
  ctx->saved_data["kept"] = c10::IValue::make_capsule(c10::make_intrusive<Kept>(density, plan));
}

struct Answer : torch::autograd::Function<Answer> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const DensityPtr& density,
                            const RowPlan& plan) {
    keep(ctx, density, plan, x);
    return answer_rows(*density, plan, x);
  }
  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const Kept& k = kept(ctx);
    return {
        pull_back_rows(*k.density, k.plan, ctx->get_saved_variables()[0], gradients[0].contiguous()), {}, {}};
  }
};

struct LogDensity : torch::autograd::Function<LogDensity> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const DensityPtr& density,
                            const RowPlan& plan) {
    keep(ctx, density, plan, x);
    return log_density_rows(*density, plan, x);
  }
  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const Kept& k = kept(ctx);
    const at::Tensor x = ctx->get_saved_variables()[0];
    const at::Tensor score = score_rows(*k.density, k.plan, x);
    return {score * gradients[0].to(x.scalar_type()).unsqueeze(1), {}, {}};
  }
};

}  // namespace

at::Tensor answer_rows_differentiable(const DensityPtr& density, const RowPlan& plan, const at::Tensor& x) {
  return Answer::apply(x, density, plan);
}

at::Tensor log_density_rows_differentiable(const DensityPtr& density, const RowPlan& plan,
                                           const at::Tensor& x) {
  return LogDensity::apply(x, density, plan);
}

}  // namespace ulam
