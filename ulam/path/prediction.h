#pragma once
// What a network predicts, and the two scalars that turn it into what a solver wants.
#include <string>

#include "ulam/path/path.h"

namespace ulam {

enum class Prediction {
  data,      // D = E[x0 | x_t]
  noise,     // eps
  velocity,  // v = S a eps - (s/S) x0, S = 1 but on mean-reverting paths (Salimans and Ho 2022)
  flow,      // u = da/dt x0 + ds/dt eps (flow matching; the path's own time derivative)
  score,     // grad log p_t(x)
  edm,       // F of D = c_skip x/a + c_out F(c_in x/a, c_noise) (Karras et al. 2022, eq. 7)
};
/// Reads data, noise, velocity, flow, score or edm; also x0, sample, eps, epsilon, v, v_prediction, u. Throws
/// Error(option).
Prediction parse_prediction(const std::string& name, const std::string& place);
const char* name_of(Prediction prediction);

/// A prediction with the scale of the data that the EDM form needs.
struct Head {
  Prediction kind = Prediction::data;
  double sigma_data = 0.5;
};

/// target = of_x * x_t + of_p * p
struct Affine {
  double of_x = 0, of_p = 1;
};

/// Scalars that give D (to_data) or eps (to_noise) from a prediction at marginal m. Throws Error(numeric)
/// naming the limit where they do not exist (D from eps or score at a = 0; eps from D or score at s = 0; eps
/// from u where s = 0 and s' is infinite). At s = 0 every head gives D = x/a. The EDM form is used on any
/// path in its own coordinates x/a, s/a, which gives finite scalars at both ends (a = 0: D = sigma_data F; s
/// = 0: eps = -F).
Affine to_data(const Head& head, const Marginal& m);
Affine to_noise(const Head& head, const Marginal& m);
/// The inverse direction: prediction = of_x * x_t + of_p * D. Throws Error(numeric) at s = 0 for all heads
/// but data.
Affine from_data(const Head& head, const Marginal& m);

/// EDM's input scale c_in for x_t itself (1/a is folded in) and c_noise = log(s/a)/4, which is infinite at a
/// = 0 and s = 0.
struct EdmInput {
  double c_in, c_noise;
};
EdmInput edm_input(double sigma_data, const Marginal& m);

}  // namespace ulam
