// The mean-reverting path of image restoration (IR-SDE): data decay towards a centre of their own.
#include <algorithm>
#include <cmath>
#include <numbers>

#include <nlohmann/json.hpp>

#include "ulam/path/kinds.h"
#include "ulam/path/variance_preserving.h"

namespace ulam {
namespace {

constexpr double stationary = 50. / 255;

/// theta_1 .. theta_T up to a factor. Cosine: 1 - abar((i+1)/(T+2)) / abar(0), abar the squared cosine.
std::vector<double> thetas(const std::string& schedule, int steps, double offset) {
  std::vector<double> theta(static_cast<std::size_t>(steps), 1.);
  const double quarter = 0.5 * std::numbers::pi / (1 + offset);
  for (int i = 1; i <= steps; ++i) {
    double& value = theta[static_cast<std::size_t>(i - 1)];
    if (schedule == "cosine") {
      // 1 - cos^2(p + q)/cos^2(q) = sin(p) sin(p + 2 q) / cos^2(q).
      const double p = quarter * (i + 1) / (steps + 2), q = quarter * offset;
      value = std::sin(p) * std::sin(p + 2 * q);
    } else if (schedule == "linear") {
      value = 1e-4 + (0.02 - 1e-4) * i / steps;
    }
  }
  return theta;
}

/// Nodes th_0 = 0, th_1, ..., th_T = -log(end) of the integral of theta; linear between them, which is log a
/// = -th linear in t, as on discrete paths. At a node the derivative is the one towards the noise.
class MeanReverting final : public Path::Impl {
 public:
  MeanReverting(std::string schedule, int steps, double scale, double end, double offset)
      : schedule_(std::move(schedule)), scale_(scale), end_(end), offset_(offset) {
    nodes_.assign(1, 0.0);
    for (const double theta : thetas(schedule_, steps, offset_)) nodes_.push_back(nodes_.back() + theta);
    const double unit = -std::log(end) / nodes_.back();
    for (double& node : nodes_) node *= unit;
    nodes_.back() = -std::log(end);
  }

  Marginal at(double t) const override {
    check_time("mean_reverting", t, 0, t_noise());
    const std::size_t i = interval(t);
    Marginal m = vp_marginal(-decay(t), nodes_[i] - nodes_[i + 1]);
    m.s *= scale_;
    m.ds *= scale_;
    m.scale = scale_;
    return m;
  }
  double half_log_snr(double t) const override {
    check_time("mean_reverting", t, 0, t_noise());
    return vp_half_log_snr(-decay(t)) - std::log(scale_);
  }
  double time_of_half_log_snr(double lam) const override {
    const double th = -vp_log_a(lam + std::log(scale_));
    if (!(th > 0)) return 0;
    if (th >= nodes_.back()) return t_noise();
    const auto above = std::upper_bound(nodes_.begin(), nodes_.end(), th);
    const auto i = static_cast<std::size_t>(above - nodes_.begin()) - 1;
    return std::min(static_cast<double>(i) + (th - nodes_[i]) / (nodes_[i + 1] - nodes_[i]), t_noise());
  }
  double t_noise() const override { return static_cast<double>(nodes_.size()) - 1; }
  double t_data() const override { return 0; }
  double t_clean() const override { return 0; }
  bool has_centre() const override { return true; }
  nlohmann::json json() const override {
    return {
        {"kind", "mean_reverting"}, {"schedule", schedule_}, {"steps", static_cast<int>(nodes_.size()) - 1},
        {"scale", scale_},          {"end", end_},           {"offset", offset_}};
  }

 private:
  std::size_t interval(double t) const {
    return std::min(static_cast<std::size_t>(std::floor(t)), nodes_.size() - 2);
  }
  double decay(double t) const {
    const std::size_t i = interval(t);
    const double begin = static_cast<double>(i);
    if (t == begin + 1) return nodes_[i + 1];
    return nodes_[i] + (t - begin) * (nodes_[i + 1] - nodes_[i]);
  }

  std::string schedule_;
  double scale_, end_, offset_;
  std::vector<double> nodes_;
};

Path checked(const std::string& schedule, int steps, double scale, double end, double offset,
             const std::string& place) {
  check_range(place, "steps", steps, 1, 1e6);
  check_range(place, "scale", scale, 1e-6, 1e6);
  check_range(place, "end", end, 1e-12, 0.9);
  check_range(place, "offset", offset, 0, 1);
  return Path(std::make_shared<MeanReverting>(schedule, steps, scale, end, offset));
}

}  // namespace

Path Path::mean_reverting(int steps, double scale, double end, double offset) {
  return checked("cosine", steps, scale, end, offset, "path mean_reverting");
}

PathKind mean_reverting_kind() {
  PathKind kind;
  kind.name = "mean_reverting";
  kind.aliases = {"ir-sde", "mrs"};
  kind.purpose = "data decay towards a centre of each sample's own (the degraded input); t is the index";
  kind.parameters = {{"schedule",
                      OptionType::text,
                      "cosine",
                      "how the rate of decay grows with t",
                      {},
                      {},
                      {"cosine", "linear", "constant"},
                      ""},
                     {"steps", OptionType::integer, "100", "time T at which draws start", 1, 1e6, {}, ""},
                     {"scale",
                      OptionType::real,
                      fmt::format("{}", stationary),
                      "stationary deviation S of the noise: s = S sqrt(1 - a^2)",
                      1e-6,
                      1e6,
                      {},
                      ""},
                     {"end", OptionType::real, "0.005", "a at time T", 1e-12, 0.9, {}, ""},
                     {"offset", OptionType::real, "0.008", "small offset of the cosine", 0, 1, {}, ""}};
  kind.paper = "Luo et al. 2023, arXiv 2301.11699, eq. 3 and 6; Li et al. 2025, arXiv 2502.07856";
  kind.make = [](const Options& o, const std::string& place) {
    return checked(o.text("schedule"), static_cast<int>(o.integer("steps")), o.real("scale"), o.real("end"),
                   o.real("offset"), place);
  };
  return kind;
}

}  // namespace ulam
