#pragma once
// Functions that turn values at nodes into a function between them.
#include <array>
#include <cstddef>

namespace ulam {

constexpr std::size_t max_nodes = 8;
using Values = std::array<double, max_nodes>;
using Square = std::array<Values, max_nodes>;

/// The functions of u that multiply the values at the points `at`. They sum to 1: the Lagrange basis, or
/// polynomials of u - at[0] with the coefficients `of` (of the functions after the first).
struct Basis {
  std::array<double, max_nodes> at{};
  std::size_t size = 0;
  bool taylor = false;
  Square of{};  // of[j][i]: coefficient of (u - at[0])^i

  void values(double u, Values& out) const {
    if (taylor) return values_taylor(u, out);
    for (std::size_t j = 0; j < size; ++j) {
      double product = 1;
      for (std::size_t k = 0; k < size; ++k)
        if (k != j) product *= (u - at[k]) / (at[j] - at[k]);
      out[j] = product;
    }
  }
  void slopes(double u, Values& out) const {
    if (taylor) return slopes_taylor(u, out);
    for (std::size_t j = 0; j < size; ++j) {
      double sum = 0;
      for (std::size_t m = 0; m < size; ++m) {
        if (m == j) continue;
        double product = 1 / (at[j] - at[m]);
        for (std::size_t k = 0; k < size; ++k)
          if (k != j && k != m) product *= (u - at[k]) / (at[j] - at[k]);
        sum += product;
      }
      out[j] = sum;
    }
  }

 private:
  void values_taylor(double u, Values& out) const {
    out[0] = 1;
    for (std::size_t j = 1; j < size; ++j) {
      double sum = 0;
      for (std::size_t i = size - 1; i > 0; --i) sum = (sum + of[j][i]) * (u - at[0]);
      out[j] = sum;
      out[0] -= sum;
    }
  }
  void slopes_taylor(double u, Values& out) const {
    out[0] = 0;
    for (std::size_t j = 1; j < size; ++j) {
      double sum = 0;
      for (std::size_t i = size - 1; i > 0; --i) sum = sum * (u - at[0]) + static_cast<double>(i) * of[j][i];
      out[j] = sum;
      out[0] -= sum;
    }
  }
};

/// Monomial coefficients, in u - at[0], of the Lagrange basis through the first `count` points.
inline Square lagrange_coefficients(const Basis& basis, std::size_t count) {
  Square out{};
  for (std::size_t j = 0; j < count; ++j) {
    out[j][0] = 1;
    std::size_t degree = 0;
    for (std::size_t k = 0; k < count; ++k) {
      if (k == j) continue;
      const double zero = basis.at[k] - basis.at[0], width = basis.at[j] - basis.at[k];
      ++degree;
      for (std::size_t i = degree; i > 0; --i) out[j][i] = (out[j][i - 1] - zero * out[j][i]) / width;
      out[j][0] *= -zero / width;
    }
  }
  return out;
}

}  // namespace ulam
