#include "ulam/guide/rows.h"

#include <algorithm>
#include <cstdint>

#include <ATen/ATen.h>

namespace ulam {
namespace {

std::vector<std::int64_t> one_a_row(const at::Tensor& x) {
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(x.dim()), 1);
  sizes[0] = x.size(0);
  return sizes;
}

}  // namespace

bool any_weight(const std::vector<double>& weights) {
  return std::any_of(weights.begin(), weights.end(), [](double w) { return w != 0; });
}

at::Tensor wide(const std::vector<double>& values, const at::Tensor& x) {
  return at::tensor(values, at::kDouble).to(x.options()).view(one_a_row(x));
}

at::Tensor row_dots(const at::Tensor& a, const at::Tensor& b) {
  return (a * b).reshape({a.size(0), -1}).sum(1).view(one_a_row(a));
}

}  // namespace ulam
