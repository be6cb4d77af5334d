#include "ulam/path/grid_rules.h"

#include <cmath>
#include <numbers>

#include "ulam/base/error.h"

namespace ulam {
namespace {

template <typename F>
std::vector<double> between_ends(const Path& path, int steps, F inner) {
  std::vector<double> times(steps + 1, path.t_noise());
  for (int n = 1; n < steps; ++n) times[n] = inner(static_cast<double>(n) / steps);
  times[steps] = path.t_data();
  return times;
}

/// rho at both ends, with the infinite and the zero one cut.
struct Ends {
  double noise, data;
};
Ends finite_ends(const Path& path, bool cut_zero, double least_rho, double most_rho) {
  Ends e{path.rho(path.t_noise()), path.rho(path.t_data())};
  if (std::isinf(e.noise)) e.noise = most_rho;
  if (e.data == 0 && cut_zero) e.data = least_rho;
  if (!(e.noise > e.data))
    fail(ErrorKind::option, "grid", "the cut rho = {} at the noise end is not above rho = {} at the data end",
         e.noise, e.data);
  return e;
}

}  // namespace

std::vector<double> power_grid(const Path& path, int steps, double exponent) {
  const double first = std::pow(path.t_noise(), 1 / exponent), last = std::pow(path.t_data(), 1 / exponent);
  return between_ends(path, steps, [&](double f) { return std::pow(first + f * (last - first), exponent); });
}

std::vector<double> logsnr_grid(const Path& path, int steps, double least_rho, double most_rho) {
  const Ends e = finite_ends(path, true, least_rho, most_rho);
  const double first = -std::log(e.noise), last = -std::log(e.data);
  return between_ends(path, steps,
                      [&](double f) { return path.time_of_half_log_snr(first + f * (last - first)); });
}

std::vector<double> rho_grid(const Path& path, int steps, double exponent, double least_rho,
                             double most_rho) {
  const Ends e = finite_ends(path, exponent > 1, least_rho, most_rho);
  const double first = std::pow(e.noise, 1 / exponent), last = std::pow(e.data, 1 / exponent);
  return between_ends(path, steps, [&](double f) {
    return path.time_of_rho(std::pow(first + f * (last - first), exponent));
  });
}

std::vector<double> cosine_grid(const Path& path, int steps) {
  const double last = path.t_data(), range = path.t_noise() - last;
  return between_ends(path, steps,
                      [&](double f) { return last + range * std::cos(0.5 * std::numbers::pi * f); });
}

std::vector<double> leading_times(int table, int count, int offset) {
  std::vector<double> times(count);
  const int stride = table / count;
  for (int i = 0; i < count; ++i) times[i] = (count - 1.0 - i) * stride + offset;
  return times;
}

std::vector<double> trailing_times(int table, int count) {
  std::vector<double> times(count);
  for (int i = 0; i < count; ++i)
    times[i] = std::nearbyint(table - i * (static_cast<double>(table) / count)) - 1;
  return times;
}

std::vector<double> linspace_times(int table, int count) {
  std::vector<double> times(count, table - 1.0);
  for (int i = 1; i < count; ++i)
    times[i] = std::nearbyint((count - 1.0 - i) * ((table - 1.0) / (count - 1.0)));
  return times;
}

}  // namespace ulam
