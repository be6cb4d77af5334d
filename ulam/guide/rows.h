#pragma once
// What terms do row by row: weights spread over a row's numbers, products within a row.
#include <vector>

#include <ATen/core/Tensor.h>

namespace ulam {

/// Whether some row has a weight.
bool any_weight(const std::vector<double>& weights);
/// [rows] values as a tensor of x's dtype that multiplies x [rows, ...] row by row: [rows, 1, ...].
at::Tensor wide(const std::vector<double>& values, const at::Tensor& x);
/// Inner products of the rows of a and b [rows, ...], as [rows, 1, ...].
at::Tensor row_dots(const at::Tensor& a, const at::Tensor& b);

}  // namespace ulam
