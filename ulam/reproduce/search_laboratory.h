#pragma once
// Searches over plans on an exact problem: training starts that the search sees, held-out ones that it does
// not.
#include <map>

#include "ulam/learn/unified.h"
#include "ulam/reproduce/laboratory.h"

namespace ulam {

/// Draws recipes from numbered starts and knows where the exact ODE ends from them. Counts what it draws.
class SearchLaboratory {
 public:
  SearchLaboratory(ProblemPtr problem, double end, const ReproductionContext& context);

  const Path& path() const { return problem_->info().path; }
  /// End points of starts first .. first + count - 1. Throws Error(cancelled), and Error(option | numeric)
  /// where the recipe makes no plan or no finite samples.
  at::Tensor run(const UnifiedRecipe& recipe, std::int64_t first, std::int64_t count);
  /// Those of the exact ODE at `end`, or at any time.
  const at::Tensor& exact(std::int64_t first, std::int64_t count);
  at::Tensor exact_at(double time, std::int64_t first, std::int64_t count);
  /// States at the noise end.
  at::Tensor start(std::int64_t first, std::int64_t count) const;
  /// D of the problem, counted.
  at::Tensor denoise(const at::Tensor& x, double t);

  const Spent& spent() const { return spent_; }

 private:
  DrawRequest request(std::int64_t first, std::int64_t count) const;
  ProblemPtr problem_;
  double end_;
  ReproductionContext context_;
  Spent spent_;
  std::map<std::tuple<double, std::int64_t, std::int64_t>, at::Tensor> exact_;
};

}  // namespace ulam
