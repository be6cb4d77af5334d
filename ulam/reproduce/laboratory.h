#pragma once
// What most small experiments share: an exact problem, its converged trajectories, its exact samples.
#include <cstdint>
#include <string>
#include <vector>

#include "ulam/draw/draw.h"
#include "ulam/guide/terms.h"
#include "ulam/measure/wasserstein.h"
#include "ulam/problems/problem.h"
#include "ulam/reproduce/finding.h"

namespace ulam {

/// What an experiment gets: all its randomness comes from `seed`.
struct ReproductionContext {
  std::uint64_t seed = 0;
  Watch watch{};
  ModelFinder find{};  // opens shipped models; none: experiments that need one refuse
};

/// One exact problem on one grid. Counts what it draws. Methods throw Error(cancelled) when the watch is
/// cancelled.
class Laboratory {
 public:
  Laboratory(ProblemPtr problem, std::string grid, const ReproductionContext& context);

  /// Trajectory error of a deterministic solver over `latents` starts (see trajectory_error).
  Figure trajectory(const std::string& solver, int steps, std::int64_t latents = 200);
  /// RMS difference between the end points of two solvers from the same noise; no error: it is an identity or
  /// a scale.
  Figure difference(const std::string& a, int steps_a, const std::string& b, int steps_b,
                    std::int64_t latents = 200);
  /// Minus the slope of log error over log steps, with its error over four groups of latents.
  Figure order(const std::string& solver, const std::vector<int>& steps, std::int64_t latents = 200);
  /// Sliced W2 between `rows` draws and as many exact samples (one-dimensional problems: W2).
  Figure distance(const std::string& solver, int steps, std::int64_t rows);
  /// The same between two sets of exact samples: what a perfect sampler would show.
  Figure floor(std::int64_t rows);

  /// Evaluations a sample of a solver here.
  std::int64_t cost(const std::string& solver, int steps) const;
  const Spent& spent() const { return spent_; }
  /// "tp1 on vp, grid time2".
  std::string name() const;

 private:
  SlicedOptions sliced() const;
  at::Tensor run(const std::string& solver, int steps, std::int64_t first, std::int64_t count);
  const at::Tensor& reference(std::int64_t latents, double end);
  ProblemPtr problem_;
  std::string grid_;
  ReproductionContext context_;
  Spent spent_;
  at::Tensor reference_;
  double reference_end_ = 0;
};

}  // namespace ulam
