#pragma once
// Gauss-Legendre integration of several functions at once: on pieces, or adaptively by halving.
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace ulam {

/// Nodes and weights on [-1, 1]; exact for polynomials up to degree 2n - 1. Nodes by Newton's method on the
/// three-term recurrence from Chebyshev-like starts, accurate to rounding.
template <std::size_t n>
struct GaussLegendre {
  std::array<double, n> node, weight;
  GaussLegendre() {
    for (std::size_t i = 0; i < n; ++i) {
      double x =
          std::cos(std::numbers::pi * (static_cast<double>(i) + 0.75) / (static_cast<double>(n) + 0.5));
      double slope = 1;
      for (int pass = 0; pass < 100; ++pass) {
        double p0 = 1, p1 = x;
        for (std::size_t k = 2; k <= n; ++k) {
          const double m = static_cast<double>(k);
          const double p2 = ((2 * m - 1) * x * p1 - (m - 1) * p0) / m;
          p0 = p1;
          p1 = p2;
        }
        slope = static_cast<double>(n) * (x * p1 - p0) / (x * x - 1);
        const double move = p1 / slope;
        x -= move;
        if (std::abs(move) < 1e-16) break;
      }
      node[i] = x;
      weight[i] = 2 / ((1 - x * x) * slope * slope);
    }
  }
};

/// sum += INT_a^b f(u) du for the K-vector valued f(u, value[K]), with 16 points.
template <std::size_t K, typename F>
void integrate_piece(const F& f, double a, double b, std::array<double, K>& sum) {
  static const GaussLegendre<16> rule;
  const double middle = (a + b) / 2, half = (b - a) / 2;
  std::array<double, K> value{};
  for (std::size_t i = 0; i < 16; ++i) {
    f(middle + half * rule.node[i], value);
    for (std::size_t k = 0; k < K; ++k) sum[k] += half * rule.weight[i] * value[k];
  }
}

/// The same, halving until two halves agree with the whole to `tolerance` (absolute), at most 48 times.
template <std::size_t K, typename F>
void integrate_adaptive(const F& f, double a, double b, double tolerance, std::array<double, K>& sum,
                        int depth = 48) {
  std::array<double, K> whole{}, halves{};
  const double middle = (a + b) / 2;
  integrate_piece(f, a, b, whole);
  integrate_piece(f, a, middle, halves);
  integrate_piece(f, middle, b, halves);
  double error = 0;
  for (std::size_t k = 0; k < K; ++k) error = std::max(error, std::abs(whole[k] - halves[k]));
  if (error <= tolerance || depth == 0) {
    for (std::size_t k = 0; k < K; ++k) sum[k] += halves[k];
    return;
  }
  integrate_adaptive(f, a, middle, tolerance, sum, depth - 1);
  integrate_adaptive(f, middle, b, tolerance, sum, depth - 1);
}

}  // namespace ulam
