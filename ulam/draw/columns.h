#pragma once
// Linear combinations of the columns of a move, while a step is compiled.
#include <algorithm>
#include <vector>

namespace ulam {

/// Coefficients of the columns x | history | registers | answer.
using Combination = std::vector<double>;

inline Combination& add(Combination& sum, double factor, const Combination& term) {
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += factor * term[i];
  return sum;
}
inline Combination scaled(double factor, Combination c) {
  for (double& v : c) v *= factor;
  return c;
}
inline Combination mixed(double p, const Combination& a, double q, const Combination& b) {
  Combination out = scaled(p, a);
  return add(out, q, b);
}

/// The places of the columns.
struct Columns {
  int history = 0, registers = 0;

  Combination none() const { return Combination(static_cast<std::size_t>(2 + history + registers), 0.0); }
  Combination x() const { return unit(0); }
  Combination entry(int j) const { return unit(1 + j); }
  Combination reg(int j) const { return unit(1 + history + j); }
  Combination answer() const { return unit(1 + history + registers); }

 private:
  Combination unit(int i) const {
    Combination c = none();
    c[static_cast<std::size_t>(i)] = 1;
    return c;
  }
};

}  // namespace ulam
