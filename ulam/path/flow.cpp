// The straight path of flow matching, with an optional shift of its time.
#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "ulam/path/kinds.h"

namespace ulam {
namespace {

/// u = shift t / d, 1 - u = (1 - t) / d with d = (1 - t) + shift t: exact at both ends in floating point.
class Flow final : public Path::Impl {
 public:
  explicit Flow(double shift) : shift_(shift) {}

  Marginal at(double t) const override {
    check_time("flow", t, 0, 1);
    const double d = (1 - t) + shift_ * t;
    const double slope = shift_ / (d * d);
    return {(1 - t) / d, shift_ * t / d, -slope, slope};
  }
  double half_log_snr(double t) const override {
    check_time("flow", t, 0, 1);
    return std::log((1 - t) / (shift_ * t));
  }
  double time_of_half_log_snr(double lam) const override {
    return std::clamp(1 / (1 + shift_ * std::exp(lam)), 0.0, 1.0);
  }
  double t_noise() const override { return 1; }
  double t_data() const override { return 0; }
  double t_clean() const override { return 0; }
  nlohmann::json json() const override { return {{"kind", "flow"}, {"shift", shift_}}; }

 private:
  double shift_;
};

Path checked(double shift, const std::string& place) {
  check_range(place, "shift", shift, 1e-3, 1e3);
  return Path(std::make_shared<Flow>(shift));
}

}  // namespace

Path Path::flow(double shift) { return checked(shift, "path flow"); }

PathKind flow_kind() {
  PathKind kind;
  kind.name = "flow";
  kind.aliases = {"rectified"};
  kind.purpose = "straight line from data to noise: x = (1 - u) x0 + u eps";
  kind.parameters = {{"shift",
                      OptionType::real,
                      "1",
                      "u = shift t / (1 + (shift - 1) t); above 1 spends time on noise",
                      1e-3,
                      1e3,
                      {},
                      ""}};
  kind.paper = "Lipman et al. 2023, arXiv 2210.02747; shift: Esser et al. 2024, arXiv 2403.03206, eq. 23";
  kind.make = [](const Options& o, const std::string& place) { return checked(o.real("shift"), place); };
  return kind;
}

}  // namespace ulam
