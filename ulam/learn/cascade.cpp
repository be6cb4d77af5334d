#include "ulam/learn/cascade.h"

#include <cmath>

#include <ATen/ATen.h>

#include "ulam/base/error.h"

namespace ulam {
namespace {

// The 36 products that the coefficients multiply.
std::array<double, 36> products(int i, int steps, double guidance) {
  const double x = static_cast<double>(i) / steps, c = guidance / 12, n = steps / 50.;
  std::array<double, 36> out{};
  std::size_t next = 0;
  for (int k = 0; k < 4; ++k)
    for (int j = 2; j >= 0; --j)
      for (int l = 2; l >= 0; --l) out[next++] = std::pow(x, k) * std::pow(c, j) * std::pow(n, l);
  return out;
}

}  // namespace

std::vector<double> Cascade::ratios(int steps, double guidance) const {
  std::vector<double> out;
  for (int i = 1; i <= steps; ++i) {
    double sum = i < 3 ? 1 : 0;
    if (i >= 3) {
      const std::array<double, 36> p = products(i, steps, guidance);
      for (std::size_t m = 0; m < p.size(); ++m) sum += c_[m] * p[m];
    }
    out.push_back(sum);
  }
  return out;
}

Cascade Cascade::fit(const std::vector<RatioCell>& cells) {
  std::vector<double> rows, values;
  for (const RatioCell& cell : cells) {
    if (static_cast<int>(cell.ratios.size()) != cell.steps)
      fail(ErrorKind::option, "cascade", "{} ratios for {} steps", cell.ratios.size(), cell.steps);
    for (int i = 3; i <= cell.steps; ++i) {
      const std::array<double, 36> p = products(i, cell.steps, cell.guidance);
      rows.insert(rows.end(), p.begin(), p.end());
      values.push_back(cell.ratios[static_cast<std::size_t>(i) - 1]);
    }
  }
  if (values.empty()) fail(ErrorKind::option, "cascade", "no ratio beyond the second step to fit");
  const std::int64_t count = static_cast<std::int64_t>(values.size());
  const at::Tensor a = at::tensor(rows, at::kDouble).reshape({count, 36}),
                   b = at::tensor(values, at::kDouble);
  const at::Tensor scale = a.abs().amax(0).clamp_min(1e-300);
  const at::Tensor scaled = at::linalg_pinv(a / scale, 1e-12).matmul(b.unsqueeze(1)).squeeze(1) / scale;
  std::array<double, 36> out{};
  for (std::size_t m = 0; m < out.size(); ++m) out[m] = scaled[static_cast<std::int64_t>(m)].item<double>();
  return Cascade(out);
}

}  // namespace ulam
