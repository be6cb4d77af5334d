#pragma once
// AdamW whose state is a value, so that a run resumes bit for bit.
#include <vector>

#include "ulam/model/parameters.h"

namespace ulam {

struct AdamOptions {
  double beta1 = 0.9, beta2 = 0.99, epsilon = 1e-8, weight_decay = 0;
};

/// First and second moments, one tensor a parameter, and the number of updates done.
struct AdamState {
  std::vector<at::Tensor> m, v;
  std::int64_t updates = 0;
};
AdamState adam_start(const Parameters& parameters);

/// Scales all gradients so that their common norm is at most `most` (no change for most <= 0); returns the norm before.
double clip_gradients(const Parameters& parameters, double most);

/// One update from the parameters' gradients, which are then dropped. Decoupled weight decay on tensors of two or more
/// dimensions. Source: Loshchilov and Hutter 2019, arXiv 1711.05101, Alg. 2.
void adam_update(Parameters& parameters, AdamState& state, const AdamOptions& options, double rate);

}  // namespace ulam
