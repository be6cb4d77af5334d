#pragma once
// Covariance matrices in the forms that make a C + noise cheap to invert at any noise level.
#include <memory>
#include <vector>

namespace ulam {

/// A positive definite (or, diagonal only, semi-definite) matrix C of size d. Immutable.
class Covariance {
 public:
  virtual ~Covariance() = default;
  virtual int dimension() const = 0;
  /// False if C has a zero variance.
  virtual bool definite() const { return true; }
  /// With M = a^2 C + s^2 I: solved = M^-1 y, gained = a C M^-1 y, returns -(y' M^-1 y + log det M) / 2.
  /// Exact for s = 0 (C definite) and a = 0. `scratch` has scratch_size() doubles. No aliasing.
  virtual double solve(double a, double s, const double* y, double* solved, double* gained,
                       double* scratch) const = 0;
  virtual int scratch_size() const { return 0; }
  /// Doubles that weigh() keeps; 0: it has none, and solve() is the only way.
  virtual int kept_size() const { return 0; }
  /// The first half of solve(): what it returns, to about 1e-13 of y'y / (least eigenvalue of M). A mixture
  /// learns by it which parts count before it pays for the second half. `scratch` as in solve().
  virtual double weigh(double, double, const double*, double*, double*) const { return 0; }
  /// The second half: score -= share * solved, denoised += share * gained. `kept`: of weigh() at the same a,
  /// s and y.
  virtual void add(double, double, double, const double*, const double*, double*, double*) const {}
  /// out = L z with L L' = C from colours() standard normals.
  virtual int colours() const { return dimension(); }
  virtual void colour(const double* z, double* out) const = 0;
  /// matrix [d x d] += weight C.
  virtual void add_to(double weight, double* matrix) const = 0;
  /// Operations of one solve.
  virtual double flops() const = 0;
};
using CovariancePtr = std::shared_ptr<const Covariance>;

/// Entries finite and >= 0; throws Error(numeric) naming the index.
CovariancePtr diagonal_covariance(std::vector<double> variances);
/// Row-major d x d; symmetric to 1e-9 of its largest entry and positive definite, else Error(numeric). d <=
/// 1024 (Error(unsupported)). Cost: one eigendecomposition, about 40 d^3.
CovariancePtr full_covariance(int dimension, const std::vector<double>& matrix);
/// diag(variances) + U U' with U row-major d x rank; variances > 0. A solve costs O(d rank^2) (Woodbury),
/// O(d rank) where all variances are equal.
CovariancePtr low_rank_covariance(std::vector<double> variances, int rank, std::vector<double> factors);

/// Eigenvalues and orthonormal eigenvectors (column k of the row-major `vectors`) of a symmetric matrix by
/// cyclic Jacobi rotations (Golub and Van Loan, sec. 8.5); the same bits on every run.
struct Eigen {
  std::vector<double> values, vectors;
};
Eigen symmetric_eigen(int dimension, std::vector<double> matrix);

}  // namespace ulam
