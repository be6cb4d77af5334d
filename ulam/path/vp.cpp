// The linear variance-preserving path in continuous time.
#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "ulam/path/kinds.h"
#include "ulam/path/variance_preserving.h"

namespace ulam {
namespace {

constexpr double kLatest = 1;

class Vp final : public Path::Impl {
 public:
  Vp(double beta_min, double beta_max, double t_data)
      : beta_min_(beta_min), beta_max_(beta_max), t_data_(t_data) {}

  Marginal at(double t) const override {
    check_time("vp", t, 0, kLatest);
    return vp_marginal(log_a(t), -2 * t * square() - linear());
  }
  double half_log_snr(double t) const override {
    check_time("vp", t, 0, kLatest);
    return vp_half_log_snr(log_a(t));
  }
  double time_of_half_log_snr(double lam) const override {
    // The root of square t^2 + linear t = l with the sign that does not cancel.
    const double l = -vp_log_a(lam);
    const double t = 2 * l / (linear() + std::sqrt(linear() * linear() + 4 * square() * l));
    if (!(l > 0)) return t_data_;
    return std::isinf(l) ? kLatest : std::clamp(t, t_data_, kLatest);
  }
  double t_noise() const override { return kLatest; }
  double t_data() const override { return t_data_; }
  double t_clean() const override { return 0; }
  nlohmann::json json() const override {
    return {{"kind", "vp"}, {"beta_min", beta_min_}, {"beta_max", beta_max_}, {"t_data", t_data_}};
  }

 private:
  double square() const { return 0.25 * (beta_max_ - beta_min_); }
  double linear() const { return 0.5 * beta_min_; }
  double log_a(double t) const { return -t * (t * square() + linear()); }

  double beta_min_, beta_max_, t_data_;
};

Path checked(double beta_min, double beta_max, double t_data, const std::string& place) {
  check_range(place, "beta_min", beta_min, 0, 1e3);
  check_range(place, "beta_max", beta_max, std::max(beta_min, 1e-6), 1e3);
  check_range(place, "t_data", t_data, 0, 0.999);
  return Path(std::make_shared<Vp>(beta_min, beta_max, t_data));
}

}  // namespace

Path Path::vp(double beta_min, double beta_max, double t_data) {
  return checked(beta_min, beta_max, t_data, "path vp");
}

PathKind vp_kind() {
  PathKind kind;
  kind.name = "vp";
  kind.aliases = {"ddpm", "linear"};
  kind.purpose = "variance preserving, beta linear in t";
  kind.parameters = {{"beta_min", OptionType::real, "0.1", "beta at t = 0", 0, 1e3, {}, ""},
                     {"beta_max", OptionType::real, "20", "beta at t = 1", 1e-6, 1e3, {}, ""},
                     {"t_data", OptionType::real, "0.001", "time at which draws end", 0, 0.999, {}, ""}};
  kind.paper = "Song et al. 2021, arXiv 2011.13456, eq. 32";
  kind.make = [](const Options& o, const std::string& place) {
    return checked(o.real("beta_min"), o.real("beta_max"), o.real("t_data"), place);
  };
  return kind;
}

}  // namespace ulam
