#pragma once
// Cascade polynomial regression: compensation ratios guessed for budgets and guidance scales that were not
// searched.
#include <array>
#include <vector>

namespace ulam {

/// Searched ratios of one cell: a budget (steps) and a guidance scale.
struct RatioCell {
  int steps = 0;
  double guidance = 1;
  std::vector<double> ratios;  // a step each; the first two are 1
};

/// rho_i = sum_k A_k x^k, A_k = sum_j B_kj c^j, B_kj = sum_l C_kjl n^l, with x = i / steps (i from 1), c =
/// guidance / 12, n = steps / 50, for i >= 3. 36 numbers C, stored [k][power of c: 2, 1, 0][power of n: 2, 1,
/// 0]. Source: Zhao et al. 2024, arXiv 2409.03755, section 3.4 and released code.
class Cascade {
 public:
  explicit Cascade(const std::array<double, 36>& coefficients) : c_(coefficients) {}
  /// Least squares over all ratios of all cells; of the fits that are equally good the one with the smallest
  /// (scaled) coefficients, so few cells are fitted exactly and say little between. Throws Error(option) for
  /// no cell, or a cell whose ratios are not as many as its steps.
  static Cascade fit(const std::vector<RatioCell>& cells);

  /// 1, 1, then the polynomials. Outside of the fitted budgets and guidances the numbers mean nothing: the
  /// coefficients are large and cancel.
  std::vector<double> ratios(int steps, double guidance) const;
  const std::array<double, 36>& coefficients() const { return c_; }

 private:
  std::array<double, 36> c_;
};

}  // namespace ulam
