#pragma once
// One number a row, summed in one order whatever rows travel together.
#include <vector>

#include <ATen/core/Tensor.h>

namespace ulam {

/// Unbiased variance over all numbers of each row, in double. x [rows, ...], float or double, on the CPU.
/// Throws Error(unsupported) for rows of fewer than two numbers. Cost: two passes over x.
std::vector<double> row_variances(const at::Tensor& x);

/// sqrt(mean(((a - b) / max(atol, rtol max(|b|, |before|)))^2)) of each row; all of one shape and dtype.
std::vector<double> row_errors(const at::Tensor& a, const at::Tensor& b, const at::Tensor& before,
                               double atol, double rtol);

}  // namespace ulam
