#pragma once
// The tables of betas that diffusers knows beside those of path/betas.h.
#include <vector>

#include "ulam/model/diffusers_fields.h"
#include "ulam/path/path.h"

namespace ulam::diffusers {

/// The discrete path of a scheduler's fields num_train_timesteps, beta_start, beta_end, beta_schedule,
/// trained_betas and rescale_betas_zero_snr (each asked of `fields`; `first`, `last`: the class's own
/// beta_start and beta_end). Throws Error(file) naming the field.
Path beta_path(Fields& fields, double first = 1e-4, double last = 0.02);

/// sigmoid(-6 .. 6) between `first` and `last` (GeoDiff's table). n >= 2.
std::vector<double> sigmoid_betas(int n, double first, double last);
/// beta_i = min(1 - f(i+1)/f(i), 0.999) for a log-SNR that is Laplace's quantile of 1 - i/n. n >= 2.
std::vector<double> laplace_betas(int n);

}  // namespace ulam::diffusers
