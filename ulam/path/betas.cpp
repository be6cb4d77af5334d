#include "ulam/path/betas.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "ulam/base/error.h"

namespace ulam {
namespace {

std::vector<double> spaced(int n, double first, double last) {
  if (n < 1) fail(ErrorKind::option, "betas", "{} entries asked for, at least 1 needed", n);
  std::vector<double> values(n, first);
  for (int i = 1; i < n; ++i) values[i] = i == n - 1 ? last : first + (last - first) * i / (n - 1);
  return values;
}

}  // namespace

std::vector<double> linear_betas(int n, double first, double last) { return spaced(n, first, last); }

std::vector<double> scaled_linear_betas(int n, double first, double last) {
  std::vector<double> betas = spaced(n, std::sqrt(first), std::sqrt(last));
  for (double& beta : betas) beta *= beta;
  return betas;
}

std::vector<double> cosine_betas(int n, double offset, double most) {
  if (n < 1) fail(ErrorKind::option, "betas", "{} entries asked for, at least 1 needed", n);
  const auto f = [&](int i) {
    const double c = std::cos(0.5 * std::numbers::pi * (static_cast<double>(i) / n + offset) / (1 + offset));
    return c * c;
  };
  std::vector<double> betas(n);
  for (int i = 0; i < n; ++i) betas[i] = std::min(1 - f(i + 1) / f(i), most);
  return betas;
}

void check_betas(const std::vector<double>& betas, std::string_view place) {
  if (betas.empty()) fail(ErrorKind::option, place, "the table of betas is empty");
  for (std::size_t i = 0; i < betas.size(); ++i) {
    const bool terminal = i > 0 && i + 1 == betas.size() && betas[i] == 1;
    if (!(betas[i] > 0 && betas[i] < 1) && !terminal)
      fail(ErrorKind::option, place, "betas[{}] = {} is outside (0, 1); only the last may be 1", i, betas[i]);
  }
}

std::vector<double> log_a_table(const std::vector<double>& betas, bool zero_terminal_snr) {
  check_betas(betas, "betas");
  std::vector<double> table(betas.size());
  double sum = 0;
  for (std::size_t i = 0; i < betas.size(); ++i) table[i] = sum += 0.5 * std::log1p(-betas[i]);
  if (!zero_terminal_snr) return table;
  if (table.size() < 2)
    fail(ErrorKind::option, "betas", "zero_terminal_snr needs a table of at least 2 entries, this has 1");
  // r'_i = r_0 (r_i - r_T)/(r_0 - r_T) = r_0 (1 + (r_i - r_0)/(r_0 - r_T)), in logarithms.
  const double first = table.front();
  const double drop = -std::expm1(table.back() - first);
  for (std::size_t i = 1; i + 1 < table.size(); ++i)
    table[i] = first + std::log1p(std::expm1(table[i] - first) / drop);
  table.back() = -std::numeric_limits<double>::infinity();
  return table;
}

std::vector<double> zero_terminal_betas(const std::vector<double>& betas) {
  const std::vector<double> table = log_a_table(betas, true);
  std::vector<double> result(betas.size());
  for (std::size_t i = 0; i < table.size(); ++i)
    result[i] = -std::expm1(2 * (table[i] - (i ? table[i - 1] : 0.0)));
  return result;
}

}  // namespace ulam
