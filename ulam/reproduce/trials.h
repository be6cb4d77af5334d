#pragma once
// Trajectory errors of any model, also one that is not a problem: guided, or wrong on purpose.
#include <string>

#include "ulam/reproduce/laboratory.h"

namespace ulam {

/// Draws `drawn` and holds the ends against the converged ODE of `truth` from the same noise. Both must be on
/// one path and of one shape. Counts what it draws.
class Trials {
 public:
  Trials(ModelPtr drawn, ModelPtr truth, std::string grid, const ReproductionContext& context);

  /// RMSE over 200 starts. Throws Error(cancelled) when the watch is cancelled, Error(numeric) where the
  /// truth does not converge.
  Figure error(const std::string& solver, int steps);
  /// Evaluations a sample.
  std::int64_t cost(const std::string& solver, int steps) const;
  const Spent& spent() const { return spent_; }

 private:
  DrawRequest request(const ModelPtr& model) const;
  ModelPtr drawn_, truth_;
  std::string grid_;
  ReproductionContext context_;
  Spent spent_;
  at::Tensor reference_;
  double reference_end_ = 0;
};

}  // namespace ulam
