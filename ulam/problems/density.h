#pragma once
// What an exact problem knows about its data: everything a draw can ask at any noise level, row by row, in
// double.
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ulam/base/key.h"

namespace ulam {

/// A question about one noisy row x = a x0 + s eps, s > 0; `label` < 0 asks for the whole data, else for one
/// class.
struct RowQuery {
  const double* x = nullptr;
  double a = 1, s = 1;
  int label = -1;
};
/// Where the answers go; null = not wanted.
struct RowAnswer {
  double* denoised = nullptr;  // D = E[x0 | x]
  double* score = nullptr;     // grad log p(x)
  double log_density = 0;      // log p(x) of the noisy marginal, always filled
};

/// A data distribution whose noisy marginals are known in closed form. Immutable; all calls may run in
/// parallel. The bits of an answer depend on its own query only (S2).
class Density {
 public:
  virtual ~Density() = default;
  virtual int dimension() const = 0;
  /// Classes that `label` may name; 0 = none.
  virtual int classes() const { return 0; }
  /// Rows that are answered together fastest.
  virtual int tile() const { return 1; }
  /// Rough floating-point operations a row.
  virtual double flops() const = 0;
  /// False where the data themselves have no density (point masses): s = 0 then has none either.
  virtual bool smooth() const { return true; }
  /// log density of the data (s = 0, a = 1) for smooth problems.
  virtual double clean_log_density(const double* x, int label) const = 0;

  virtual void evaluate(std::span<const RowQuery> queries, std::span<RowAnswer> answers) const = 0;
  /// out = (dD/dx) v. The Jacobian is symmetric (a/s^2 times the posterior covariance), so this serves both
  /// directions.
  virtual void jacobian_product(const RowQuery& query, const double* v, double* out) const = 0;
  /// One exact sample of the data from the random numbers `row.draw` and `row.draw + 1` of a row key.
  virtual void sample(const RowKey& row, int label, double* out) const = 0;
  /// Mean [d] and covariance [d x d] of the data. Either may be null.
  virtual void moments(int label, double* mean, double* covariance) const = 0;
};
using DensityPtr = std::shared_ptr<const Density>;

}  // namespace ulam
