#include "ulam/model/diffusers_betas.h"

#include <algorithm>
#include <cmath>

#include "ulam/base/error.h"
#include "ulam/path/betas.h"

namespace ulam::diffusers {
namespace {

constexpr int most_entries = 100000;

}  // namespace

std::vector<double> sigmoid_betas(int n, double first, double last) {
  std::vector<double> betas(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i)
    betas[static_cast<std::size_t>(i)] = (last - first) / (1 + std::exp(6 - 12.0 * i / (n - 1))) + first;
  return betas;
}

std::vector<double> laplace_betas(int n) {
  const auto f = [&](int i) {
    const double from_half = 0.5 - static_cast<double>(i) / n;
    const double sign = from_half > 0 ? 1 : from_half < 0 ? -1 : 0;
    const double snr = std::exp(-0.5 * sign * std::log(1 - 2 * std::abs(from_half) + 1e-6));
    return std::sqrt(snr / (1 + snr));
  };
  std::vector<double> betas(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i) betas[static_cast<std::size_t>(i)] = std::min(1 - f(i + 1) / f(i), 0.999);
  return betas;
}

Path beta_path(Fields& f, double first, double last) {
  const int steps = f.integer("num_train_timesteps", 1000, 2, most_entries);
  first = f.real("beta_start", first, 1e-12, 0.999999);
  last = f.real("beta_end", last, 1e-12, 0.999999);
  const std::string schedule = f.choice(
      "beta_schedule", "linear", {"linear", "scaled_linear", "squaredcos_cap_v2", "sigmoid", "laplace"});
  const bool zero = f.flag("rescale_betas_zero_snr", false);
  if (f.has("trained_betas")) {
    const std::vector<double> betas = f.reals("trained_betas", {}, 0, 1, most_entries);
    if (betas.size() < 2) f.refuse("trained_betas", "at least 2 are needed");
    for (std::size_t i = 0; i < betas.size(); ++i)
      if (!(betas[i] > 0) || (betas[i] == 1 && i + 1 < betas.size()))
        fail(ErrorKind::file, f.place(),
             "field 'trained_betas': entry {} is {}; betas are in (0, 1), only the last may be 1", i,
             betas[i]);
    return Path::discrete(betas, zero);
  }
  if (schedule == "sigmoid") return Path::discrete(sigmoid_betas(steps, first, last), zero);
  if (schedule == "laplace") return Path::discrete(laplace_betas(steps), zero);
  return Path::from_json({{"kind", "discrete"},
                          {"schedule", schedule == "squaredcos_cap_v2" ? "cosine" : schedule},
                          {"steps", steps},
                          {"beta_start", first},
                          {"beta_end", last},
                          {"zero_terminal_snr", zero}},
                         f.place());
}

}  // namespace ulam::diffusers
