#pragma once
// Checks of one model, a network above all: finite everywhere, repeatable, and how much a row feels its
// company.
#include <string>

#include "ulam/run/selftest_problems.h"

namespace ulam {

/// How a model is checked.
struct ModelSettings {
  SetThreads set_threads;       // none: the thread check is left out
  std::string solver = "ddim";  // of the short draws
  int steps = 6;
  std::uint64_t seed = 0;
};

/// Adds, under "NAME/...":
/// - "draw": values of a short draw that are not finite, bound 0.
/// - "finite": values of the prediction that are not finite or rows of another shape or dtype than promised,
/// over 24
///   noise levels, bound 0.
/// - "clean": root mean square of D(x, t) - x/a near the data end (s/a the larger of the path's own and
/// 0.002), as far as it passes 3 s/a, over that of x/a; bound 0.1. For the true D it is at most s/a a
/// coordinate, since E|D - x/a|^2 = (s/a)^4 times the Fisher information <= (s/a)^2 (Tweedie; Stam 1959).
/// - "repeat": rows of a call that change when it is repeated, bound 0.
/// - "batch-2", "batch-16", "batch-64": relative difference |y - y'| / |y'| of a row called in such a batch
/// from the
///   same row called alone, over 8 rows at 4 noise levels: the median (bound 1e-5) and, as "batch-N/worst",
///   the largest (bound 1e-4); 0 for models that promise info().exact, 1e-13 and 1e-12 for other double
///   models.
/// - "batch-draw": the largest such difference of whole short draws, alone against 16 together, bound 1e-3 (0
/// where
///   exact, 1e-10 for double), as differences grow on the way.
/// - "threads": the largest such difference of a call on one thread from one on two, bound as "worst".
/// Labels, where the model has them, cycle through its classes. NaN fails. Cost: about 400 evaluations.
void check_model(Checklist& list, const std::string& name, const ModelPtr& model,
                 const ModelSettings& settings = {});

}  // namespace ulam
