#pragma once
// Guidance by any function of the data estimate: an energy that falls, or a reward that rises.
#include <functional>
#include <string>

#include "ulam/guide/term.h"

namespace ulam {

/// Energies [rows] of data estimates [rows, shape...] in the coordinates of the data, by operations that
/// autograd follows; sigma = s/a [rows] of the same dtype says how noisy the states are. Rows must not depend
/// on one another. Sees only rows that the term acts on; may be called from several threads if draws are.
using EnergyFunction = std::function<at::Tensor(const at::Tensor& data, const at::Tensor& sigma)>;

struct EnergyFunctionOptions {
  EnergyFunction function;
  double scale = 1;  // below 0: the function is a reward
  Schedule schedule;
  /// Tells the function from all others: converged references of `compare` are kept under it. Without a name
  /// the term does not claim to be of_time(), and no reference is made.
  std::string name;
};

/// The score loses scale times the gradient of the energy of D(x_t), through the model's Jacobian: D moves by
/// -s^2/a times it (Chung et al. 2023, arXiv 2209.14687, for likelihoods; Song et al. 2023, ICML,
/// "Loss-guided diffusion", for any loss). What it draws is data tilted by exp(-scale E) where E is affine;
/// elsewhere it is not, as the energy of a mean is not the mean under the energy, and `sigma` is there for
/// functions that know better: of data N(m, v) and E = k/2 (x - c)^2 the tilted law is met with k/(1 + k V),
/// V = v sigma^2/(v + sigma^2). Cost: no evaluation, one backward pass through the model where it acts. Where
/// D is not known (noise and score at a = 0) it does not act. Throws Error(option) for a missing function or
/// a scale that is not finite; in draws Error(shape) for an answer that is not [rows] and Error(unsupported)
/// for one without a gradient. What the function throws goes through. make_term() cannot read its spec.
TermPtr make_energy_function(EnergyFunctionOptions options);

}  // namespace ulam
