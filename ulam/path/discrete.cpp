// Variance-preserving paths given by a table of betas.
#include <algorithm>
#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

#include "ulam/path/betas.h"
#include "ulam/path/kinds.h"
#include "ulam/path/variance_preserving.h"

namespace ulam {
namespace {

/// Nodes at t = -1 (clean, log a = 0), 0, ..., T-1; log a linear between nodes, except in a last interval
/// that ends in a = 0, where a itself is linear (log a has no finite end there). At a node the derivative is
/// the one towards the noise.
class Discrete final : public Path::Impl {
 public:
  Discrete(const std::vector<double>& betas, bool zero_terminal, nlohmann::json origin)
      : nodes_(log_a_table(betas, zero_terminal)), origin_(std::move(origin)) {
    nodes_.insert(nodes_.begin(), 0.0);
  }

  Marginal at(double t) const override {
    check_time("discrete", t, t_clean(), t_noise());
    const std::size_t i = interval(t);
    if (std::isinf(nodes_[i + 1])) {
      const double top = std::exp(nodes_[i]);
      Marginal m;
      m.a = top * (t_noise() - t);
      m.s = std::sqrt(m.a < 0.5 ? 1 - m.a * m.a : -std::expm1(2 * log_a(t)));
      m.da = -top;
      m.ds = -m.a * m.da / m.s;
      return m;
    }
    return vp_marginal(log_a(t), nodes_[i + 1] - nodes_[i]);
  }
  double half_log_snr(double t) const override {
    check_time("discrete", t, t_clean(), t_noise());
    return vp_half_log_snr(log_a(t));
  }
  double time_of_half_log_snr(double lam) const override {
    const double l = vp_log_a(lam);
    if (l >= nodes_[1]) return t_data();
    if (l <= nodes_.back()) return t_noise();
    // First node below l; nodes fall strictly.
    const auto below = std::upper_bound(nodes_.begin(), nodes_.end(), l, std::greater<>());
    const std::size_t i = static_cast<std::size_t>(below - nodes_.begin()) - 1;
    const double t = std::isinf(nodes_[i + 1]) ? t_noise() - std::exp(l - nodes_[i])
                                               : time(i) + (l - nodes_[i]) / (nodes_[i + 1] - nodes_[i]);
    return std::clamp(t, t_data(), t_noise());
  }
  double t_noise() const override { return static_cast<double>(nodes_.size()) - 2; }
  double t_data() const override { return 0; }
  double t_clean() const override { return -1; }
  int table_size() const override { return static_cast<int>(nodes_.size()) - 1; }
  nlohmann::json json() const override { return origin_; }

 private:
  static double time(std::size_t node) { return static_cast<double>(node) - 1; }
  std::size_t interval(double t) const {
    return std::min(static_cast<std::size_t>(std::floor(t + 1)), nodes_.size() - 2);
  }
  double log_a(double t) const {
    const std::size_t i = interval(t);
    if (std::isinf(nodes_[i + 1])) return nodes_[i] + std::log(t_noise() - t);
    if (t == time(i + 1)) return nodes_[i + 1];
    return nodes_[i] + (t - time(i)) * (nodes_[i + 1] - nodes_[i]);
  }

  std::vector<double> nodes_;
  nlohmann::json origin_;
};

Path from_schedule(const Options& o, const std::string& place) {
  const std::string& schedule = o.text("schedule");
  const int steps = static_cast<int>(o.integer("steps"));
  const double first = o.real("beta_start"), last = o.real("beta_end");
  const bool zero_terminal = o.flag("zero_terminal_snr");
  nlohmann::json origin = {{"kind", "discrete"}, {"schedule", schedule},
                           {"steps", steps},     {"beta_start", first},
                           {"beta_end", last},   {"zero_terminal_snr", zero_terminal}};
  std::vector<double> betas;
  if (schedule == "cosine") betas = cosine_betas(steps);
  if (schedule == "linear") betas = linear_betas(steps, first, last);
  if (schedule == "scaled_linear") betas = scaled_linear_betas(steps, first, last);
  check_betas(betas, place);
  return Path(std::make_shared<Discrete>(betas, zero_terminal, std::move(origin)));
}

}  // namespace

Path Path::discrete(const std::vector<double>& betas, bool zero_terminal_snr) {
  check_betas(betas, "path discrete");
  if (betas.size() < 2) fail(ErrorKind::option, "path discrete", "the table has 1 entry, at least 2 needed");
  return Path(std::make_shared<Discrete>(
      betas, zero_terminal_snr,
      nlohmann::json{{"kind", "discrete"}, {"betas", betas}, {"zero_terminal_snr", zero_terminal_snr}}));
}

PathKind discrete_kind() {
  PathKind kind;
  kind.name = "discrete";
  kind.purpose = "variance preserving, any table of betas; t is the index; in JSON also \"betas\": [...]";
  kind.parameters = {
      {"schedule",
       OptionType::text,
       "linear",
       "rule of the table",
       {},
       {},
       {"linear", "scaled_linear", "cosine"},
       ""},
      {"steps", OptionType::integer, "1000", "entries of the table", 2, 1e6, {}, ""},
      {"beta_start", OptionType::real, "0.0001", "first beta (not for cosine)", 1e-12, 0.999999, {}, ""},
      {"beta_end", OptionType::real, "0.02", "last beta (not for cosine)", 1e-12, 0.999999, {}, ""},
      {"zero_terminal_snr",
       OptionType::boolean,
       "false",
       "rescale so that the last a is exactly 0",
       {},
       {},
       {},
       ""}};
  kind.paper =
      "Ho et al. 2020, arXiv 2006.11239; zero terminal SNR: Lin et al. 2024, arXiv 2305.08891, Alg. 1";
  kind.make = from_schedule;
  return kind;
}

}  // namespace ulam
