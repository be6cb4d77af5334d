// The variance-exploding path with geometric noise levels.
#include <algorithm>
#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

#include "ulam/path/kinds.h"

namespace ulam {
namespace {

class Ve final : public Path::Impl {
 public:
  Ve(double sigma_min, double sigma_max)
      : sigma_min_(sigma_min), sigma_max_(sigma_max), log_ratio_(std::log(sigma_max / sigma_min)) {}

  Marginal at(double t) const override {
    check_time("ve", t, 0, 1);
    // The ends as given, free of the rounding of exp.
    const double s = t == 0 ? sigma_min_ : t == 1 ? sigma_max_ : sigma_min_ * std::exp(t * log_ratio_);
    return {1, s, 0, s * log_ratio_};
  }
  double half_log_snr(double t) const override {
    check_time("ve", t, 0, 1);
    return -std::log(sigma_min_) - t * log_ratio_;
  }
  double time_of_half_log_snr(double lam) const override {
    return std::clamp((-lam - std::log(sigma_min_)) / log_ratio_, 0.0, 1.0);
  }
  double t_noise() const override { return 1; }
  double t_data() const override { return 0; }
  double t_clean() const override { return std::numeric_limits<double>::quiet_NaN(); }
  nlohmann::json json() const override {
    return {{"kind", "ve"}, {"sigma_min", sigma_min_}, {"sigma_max", sigma_max_}};
  }

 private:
  double sigma_min_, sigma_max_, log_ratio_;
};

Path checked(double sigma_min, double sigma_max, const std::string& place) {
  check_range(place, "sigma_min", sigma_min, 1e-9, 1e9);
  check_range(place, "sigma_max", sigma_max, 1e-9, 1e9);
  if (sigma_max <= sigma_min)
    fail(ErrorKind::option, place, "sigma_max = {} is not above sigma_min = {}", sigma_max, sigma_min);
  return Path(std::make_shared<Ve>(sigma_min, sigma_max));
}

}  // namespace

Path Path::ve(double sigma_min, double sigma_max) { return checked(sigma_min, sigma_max, "path ve"); }

PathKind ve_kind() {
  PathKind kind;
  kind.name = "ve";
  kind.purpose = "variance exploding, noise level geometric in t";
  kind.parameters = {{"sigma_min", OptionType::real, "0.01", "noise level at t = 0", 1e-9, 1e9, {}, ""},
                     {"sigma_max", OptionType::real, "50", "noise level at t = 1", 1e-9, 1e9, {}, ""}};
  kind.paper = "Song et al. 2021, arXiv 2011.13456, eq. 30";
  kind.make = [](const Options& o, const std::string& place) {
    return checked(o.real("sigma_min"), o.real("sigma_max"), place);
  };
  return kind;
}

}  // namespace ulam
