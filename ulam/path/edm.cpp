// The EDM path: time is the noise level.
#include <algorithm>
#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

#include "ulam/path/kinds.h"

namespace ulam {
namespace {

class Edm final : public Path::Impl {
 public:
  Edm(double sigma_min, double sigma_max) : sigma_min_(sigma_min), sigma_max_(sigma_max) {}

  Marginal at(double t) const override {
    check_time("edm", t, 0, std::numeric_limits<double>::max());
    return {1, t, 0, 1};
  }
  double half_log_snr(double t) const override {
    check_time("edm", t, 0, std::numeric_limits<double>::max());
    return -std::log(t);
  }
  double time_of_half_log_snr(double lam) const override {
    return std::clamp(std::exp(-lam), sigma_min_, sigma_max_);
  }
  double t_noise() const override { return sigma_max_; }
  double t_data() const override { return sigma_min_; }
  double t_clean() const override { return 0; }
  nlohmann::json json() const override {
    return {{"kind", "edm"}, {"sigma_min", sigma_min_}, {"sigma_max", sigma_max_}};
  }

 private:
  double sigma_min_, sigma_max_;
};

Path checked(double sigma_min, double sigma_max, const std::string& place) {
  check_range(place, "sigma_min", sigma_min, 0, 1e9);
  check_range(place, "sigma_max", sigma_max, 1e-9, 1e9);
  if (sigma_max <= sigma_min)
    fail(ErrorKind::option, place, "sigma_max = {} is not above sigma_min = {}", sigma_max, sigma_min);
  return Path(std::make_shared<Edm>(sigma_min, sigma_max));
}

}  // namespace

Path Path::edm(double sigma_min, double sigma_max) { return checked(sigma_min, sigma_max, "path edm"); }

PathKind edm_kind() {
  PathKind kind;
  kind.name = "edm";
  kind.aliases = {"karras"};
  kind.purpose = "time is the noise level: x = x0 + t eps";
  kind.parameters = {
      {"sigma_min", OptionType::real, "0.002", "noise level at which draws end", 0, 1e9, {}, ""},
      {"sigma_max", OptionType::real, "80", "noise level at which draws start", 1e-9, 1e9, {}, ""}};
  kind.paper = "Karras et al. 2022, arXiv 2206.00364, table 1";
  kind.make = [](const Options& o, const std::string& place) {
    return checked(o.real("sigma_min"), o.real("sigma_max"), place);
  };
  return kind;
}

}  // namespace ulam
