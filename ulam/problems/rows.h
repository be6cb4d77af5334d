#pragma once
// Internal to the problems room: batches of rows over a density, in parallel, with derivatives.
#include <vector>

#include <ATen/core/Tensor.h>

#include "ulam/path/prediction.h"
#include "ulam/problems/density.h"

namespace ulam {

/// The marginal, class and final scalars of every row: answer = of_x x + of_p D.
struct RowPlan {
  std::vector<Marginal> marginal;
  std::vector<int> label;
  std::vector<Affine> affine;
};

/// Answers [rows, d] in x's dtype (contiguous x on the CPU); D where s = 0 is x/a.
at::Tensor answer_rows(const Density& density, const RowPlan& plan, const at::Tensor& x);
/// The same, differentiable once in x.
at::Tensor answer_rows_differentiable(const DensityPtr& density, const RowPlan& plan, const at::Tensor& x);
/// log density [rows] double, or scores [rows, d] in x's dtype.
at::Tensor log_density_rows(const Density& density, const RowPlan& plan, const at::Tensor& x);
at::Tensor log_density_rows_differentiable(const DensityPtr& density, const RowPlan& plan,
                                           const at::Tensor& x);
at::Tensor score_rows(const Density& density, const RowPlan& plan, const at::Tensor& x);
/// of_x v + of_p J v a row: the transpose of answer_rows' derivative applied to v.
at::Tensor pull_back_rows(const Density& density, const RowPlan& plan, const at::Tensor& x,
                          const at::Tensor& v);

}  // namespace ulam
