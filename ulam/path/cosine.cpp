// The cosine variance-preserving path in continuous time.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <nlohmann/json.hpp>

#include "ulam/path/kinds.h"
#include "ulam/path/variance_preserving.h"

namespace ulam {
namespace {

/// With theta = theta0 + w t, w = pi/2 / (1 + offset): a = cos(theta) / cos(theta0) and
/// s^2 = sin(theta - theta0) sin(theta + theta0) / cos(theta0)^2, neither of which cancels at either end.
class Cosine final : public Path::Impl {
 public:
  Cosine(double offset, double t_data, double t_noise)
      : offset_(offset),
        t_data_(t_data),
        t_noise_(t_noise),
        w_(0.5 * std::numbers::pi / (1 + offset)),
        sin0_(std::sin(w_ * offset)),
        cos0_(std::cos(w_ * offset)) {}

  Marginal at(double t) const override {
    check_time("cosine", t, 0, 1);
    Marginal m;
    m.a = t == 0 ? 1 : std::sin(w_ * (1 - t)) / cos0_;
    m.s = t == 1 ? 1 : std::sqrt(std::sin(w_ * t) * std::sin(w_ * (t + 2 * offset_))) / cos0_;
    m.da = -w_ * std::sin(w_ * (t + offset_)) / cos0_;
    m.ds = m.s > 0 ? -m.a * m.da / m.s : std::numeric_limits<double>::infinity();
    if (t == 0 && offset_ == 0) m.ds = w_;
    return m;
  }
  double time_of_half_log_snr(double lam) const override {
    const double a = std::exp(vp_log_a(lam)), s2 = std::exp(2 * vp_log_a(-lam));
    const double cosine = a * cos0_, sine = std::sqrt(sin0_ * sin0_ + s2 * cos0_ * cos0_);
    const double bottom = sine * cos0_ + cosine * sin0_;
    if (!(bottom > 0)) return t_data_;
    const double delta = std::atan2(s2 * cos0_ * cos0_ / bottom, cosine * cos0_ + sine * sin0_);
    return std::clamp(delta / w_, t_data_, t_noise_);
  }
  double t_noise() const override { return t_noise_; }
  double t_data() const override { return t_data_; }
  double t_clean() const override { return 0; }
  nlohmann::json json() const override {
    return {{"kind", "cosine"}, {"offset", offset_}, {"t_data", t_data_}, {"t_noise", t_noise_}};
  }

 private:
  double offset_, t_data_, t_noise_, w_, sin0_, cos0_;
};

Path checked(double offset, double t_data, double t_noise, const std::string& place) {
  check_range(place, "offset", offset, 0, 1);
  check_range(place, "t_data", t_data, 0, 0.999);
  check_range(place, "t_noise", t_noise, 1e-3, 1);
  if (t_noise <= t_data)
    fail(ErrorKind::option, place, "t_noise = {} is not above t_data = {}", t_noise, t_data);
  return Path(std::make_shared<Cosine>(offset, t_data, t_noise));
}

}  // namespace

Path Path::cosine(double offset, double t_data, double t_noise) {
  return checked(offset, t_data, t_noise, "path cosine");
}

PathKind cosine_kind() {
  PathKind kind;
  kind.name = "cosine";
  kind.purpose = "variance preserving, a a quarter of a cosine";
  kind.parameters = {
      {"offset", OptionType::real, "0.008", "small offset that keeps the first steps large", 0, 1, {}, ""},
      {"t_data", OptionType::real, "0.001", "time at which draws end", 0, 0.999, {}, ""},
      {"t_noise",
       OptionType::real,
       "0.9946",
       "time at which draws start; a is exactly 0 at 1",
       1e-3,
       1,
       {},
       ""}};
  kind.paper = "Nichol and Dhariwal 2021, arXiv 2102.09672, eq. 17";
  kind.make = [](const Options& o, const std::string& place) {
    return checked(o.real("offset"), o.real("t_data"), o.real("t_noise"), place);
  };
  return kind;
}

}  // namespace ulam
