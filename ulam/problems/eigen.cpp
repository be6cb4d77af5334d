// Cyclic Jacobi eigendecomposition (declared in covariance.h).
#include <cmath>

#include "ulam/problems/covariance.h"

namespace ulam {
namespace {

/// One rotation in the plane (p, q) that zeroes m[p][q], applied to m from both sides and to the rows of vt.
void rotate(int d, double* m, double* vt, int p, int q) {
  const double off = m[p * d + q];
  if (off == 0) return;
  const double theta = (m[q * d + q] - m[p * d + p]) / (2 * off);
  const double t = (theta >= 0 ? 1 : -1) / (std::abs(theta) + std::hypot(1, theta));
  const double c = 1 / std::sqrt(1 + t * t), s = t * c;
  for (int k = 0; k < d; ++k) {
    const double kp = m[k * d + p], kq = m[k * d + q];
    m[k * d + p] = c * kp - s * kq;
    m[k * d + q] = s * kp + c * kq;
  }
  for (int k = 0; k < d; ++k) {
    const double pk = m[p * d + k], qk = m[q * d + k];
    m[p * d + k] = c * pk - s * qk;
    m[q * d + k] = s * pk + c * qk;
    const double vp = vt[p * d + k], vq = vt[q * d + k];
    vt[p * d + k] = c * vp - s * vq;
    vt[q * d + k] = s * vp + c * vq;
  }
  m[p * d + q] = m[q * d + p] = 0;
}

}  // namespace

Eigen symmetric_eigen(int dimension, std::vector<double> matrix) {
  const int d = dimension;
  const std::size_t n = static_cast<std::size_t>(d) * d;
  std::vector<double> vt(n, 0.0);
  for (int i = 0; i < d; ++i) vt[static_cast<std::size_t>(i) * d + i] = 1;
  double all = 0;
  for (double v : matrix) all += v * v;
  constexpr int kSweeps = 60;
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    double off = 0;
    for (int p = 0; p < d; ++p)
      for (int q = p + 1; q < d; ++q) off += matrix[p * d + q] * matrix[p * d + q];
    if (off <= 1e-32 * all) break;
    for (int p = 0; p < d; ++p)
      for (int q = p + 1; q < d; ++q) rotate(d, matrix.data(), vt.data(), p, q);
  }
  Eigen result;
  result.values.resize(d);
  result.vectors.resize(n);
  for (int k = 0; k < d; ++k) {
    result.values[k] = matrix[k * d + k];
    for (int i = 0; i < d; ++i) result.vectors[i * d + k] = vt[k * d + i];
  }
  return result;
}

}  // namespace ulam
