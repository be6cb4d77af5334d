#pragma once
// Observation self-guidance: an unconditional model of windows is drawn to what was seen of them.
#include "ulam/guide/terms.h"

namespace ulam {

/// The conditions that the term reads; models do not see them. "guide.observed": rows like the sample's, in
/// the model's units, NaN = not observed. "guide.level": [rows], the quantile level of each row, strictly
/// between 0 and 1.
inline constexpr const char* observed_condition = "guide.observed";
inline constexpr const char* level_condition = "guide.level";

struct ObserveOptions {
  enum class Loss {
    quantile,  // sum of max(k e, (k - 1) e), e = observed - D(x_t), k the row's level
    square,    // sum of e^2
  };
  /// How the gradient g of the loss with respect to x_t acts.
  enum class Form {
    mean,   // the mean of a step's kernel moves by -scale * variance * g; nothing where a step adds no noise
    score,  // the score loses scale * g: eps + scale s g, for solvers without noise
  };
  Loss loss = Loss::quantile;
  double scale = 4;
  Form form = Form::mean;
  Schedule schedule;
};

/// The energy of what was observed, through the denoiser with its Jacobian (Kollovieh et al. 2023, arXiv
/// 2307.11494, eq. 6 and 7; form mean is their algorithm, form score that of their code's DDIM). Observed
/// entries are pulled and not clamped. With levels i/(n + 1) for rows i = 1 .. n the rows spread as quantiles
/// do; without "guide.level" all rows have level 1/2. Not the exact posterior: the unit width of the loss
/// around D ignores D's own spread. Where the plan does not know a step's kernel, form mean acts as form
/// score. Cost: no evaluation, one backward pass through the model where it acts; rows without observations
/// keep their bits.
TermPtr make_observe(const ObserveOptions& options);
TermEntry observe_entry();

}  // namespace ulam
