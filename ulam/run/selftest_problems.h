#pragma once
// Checks of everything between the kernels and the networks, on problems whose answers are known exactly.
#include <functional>
#include <string>
#include <vector>

#include "ulam/problems/problem.h"
#include "ulam/run/check.h"

namespace ulam {

/// Sets the number of threads of the numerical libraries and returns the one that is in force. The library
/// itself never changes it: whoever calls passes this in, or nothing, and the thread checks are then left
/// out.
using SetThreads = std::function<int(int)>;

/// A problem with the score that is held against its denoised answer.
struct ScoredProblem {
  ProblemPtr problem;
  std::function<at::Tensor(const at::Tensor& x, const at::Tensor& t)> score;
};
/// The models under test. Replaceable, so that a test can show that a broken one is caught.
struct ExactSubjects {
  std::vector<ScoredProblem> scored;
  ModelPtr tp1;                   // the one-dimensional test problem of the solvers: VP path, double
  std::vector<ModelPtr> rowwise;  // models that promise S2
};
ExactSubjects shipped_problems();

/// Adds:
/// - "tweedie": a D = x + s^2 score, D and score from different formulas, over problems, paths and noise
/// levels; the
///   largest difference, bound 1e-11 (Efron 2011).
/// - "golden/SOLVER": end points of TP1 from x = 0.3 in 10 steps on the grid time2 beside the published ones
/// of the
///   solvers of Zhang and Chen 2023 (arXiv 2204.13902) and Karras et al. 2022, all given with ten digits;
///   bound 1e-10.
/// - "order/ddim", "order/heun": distance of the slope of log error over log N from 1 and 2, bound 0.2.
/// - "s2": rows of whole draws whose bits differ alone, in other chunks, in reverse order or on another
/// number of
///   threads (where `set_threads` is given; the number in force is restored), bound 0.
/// Takes about a second.
void check_problems(Checklist& list, const SetThreads& set_threads = {},
                    const ExactSubjects& subjects = shipped_problems());

}  // namespace ulam
