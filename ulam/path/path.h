#pragma once
// How data turns into noise: x_t = a(t) x0 + s(t) eps. Times run from t_noise (start of a draw) to t_data.
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace ulam {

/// Coefficients and their time derivatives at one time.
struct Marginal {
  double a = 1, s = 0;    // x_t = a x0 + s eps
  double da = 0, ds = 0;  // d/dt
  double scale = 1;       // S of paths with a^2 + (s/S)^2 = 1; v-prediction is S a eps - (s/S) x0
};

/// An immutable noise path; a cheap value (shared implementation).
///
/// Every path states exact limits: `at(t_noise())` may have a = 0 (flow, zero-terminal-SNR), `at(t_data())`
/// may have s = 0 (flow; vp, cosine, edm when a grid ends in their clean time 0, discrete tables in -1).
/// Where s = 0 on a path with a^2 + s^2 = 1, ds is +infinity. `at` and `half_log_snr` throw Error(numeric)
/// for a time the kind does not define. Coefficients keep full relative precision at both ends; inverses are
/// closed forms.
class Path {
 public:
  struct Impl {
    virtual ~Impl() = default;
    virtual Marginal at(double t) const = 0;
    virtual double half_log_snr(double t) const;                // log(a/s), +-infinity at the limits
    virtual double time_of_half_log_snr(double lam) const = 0;  // inverse, clamped to [t_data, t_noise]
    virtual double t_noise() const = 0;
    virtual double t_data() const = 0;
    virtual double t_clean() const = 0;
    virtual int table_size() const { return 0; }
    virtual bool has_centre() const { return false; }
    virtual nlohmann::json json() const = 0;
  };
  explicit Path(std::shared_ptr<const Impl> impl);

  /// beta(t) = beta_min + t (beta_max - beta_min): log a = -t^2 (beta_max-beta_min)/4 - t beta_min/2, s^2 = 1
  /// - a^2; t in [t_data, 1]. Defaults .1, 20, 1e-3 (Song et al. 2021, arXiv 2011.13456, eq. 32).
  static Path vp(double beta_min = 0.1, double beta_max = 20, double t_data = 1e-3);
  /// a = cos(pi/2 (t+o)/(1+o)) / cos(pi/2 o/(1+o)), o = .008 (Nichol and Dhariwal 2021, eq. 17), t in
  /// [t_data, t_noise]; t_noise = 1 has a = 0 exactly.
  static Path cosine(double offset = 0.008, double t_data = 1e-3, double t_noise = 0.9946);
  /// Any discrete table of betas; t is the table index 0..T-1 (real-valued times interpolate log a linearly
  /// between integers; where the last entry is a = 0, a itself is linear in the last interval).
  /// `zero_terminal_snr` rescales sqrt(abar) so that the last entry is exactly 0 (Lin et al. 2024, Alg. 1).
  /// The clean time is -1: log a is linear from there to index 0. Betas in (0, 1), the last may be 1. At an
  /// integer da, ds are those of the interval towards noise.
  static Path discrete(const std::vector<double>& betas, bool zero_terminal_snr = false);
  /// a = 1, s = sigma_min (sigma_max/sigma_min)^t, t in [0, 1]; clean time -infinity is not reachable,
  /// t_clean = NaN.
  static Path ve(double sigma_min = 0.01, double sigma_max = 50);
  /// a = 1, s = t, t in [sigma_min, sigma_max]; t_clean = 0 (Karras et al. 2022).
  static Path edm(double sigma_min = 0.002, double sigma_max = 80);
  /// a = 1 - u, s = u, u = shift t / (1 + (shift - 1) t), t in [0, 1]: exact limits at both ends.
  static Path flow(double shift = 1);
  /// x_t = a x0 + (1 - a) mu + s eps with a centre mu for every sample (the condition "centre"): a =
  /// exp(-th), s = S sqrt(1 - a^2), th the integral of a rate that grows like the cosine schedule of IR-SDE
  /// (Luo et al. 2023, arXiv 2301.11699) and is constant between integers. t in [0, steps]; t = 0 is clean (s
  /// = 0), a = `end` at t = steps. a and s are those of y = x - mu, on which all solvers act.
  static Path mean_reverting(int steps = 100, double scale = 50. / 255, double end = 0.005,
                             double offset = 0.008);

  /// Reads {"kind": "edm", ...}: kinds vp, cosine, discrete, ve, edm, flow, mean_reverting with the
  /// parameters above by name. `place` opens the sentence of an error (unknown kind or key, value out of
  /// range).
  static Path from_json(const nlohmann::json& j, const std::string& place);
  /// "edm" or "edm:sigma_max=80": the same through a spec string.
  static Path from_spec(const std::string& spec, const std::string& place);
  nlohmann::json json() const;

  Marginal at(double t) const { return impl_->at(t); }
  double half_log_snr(double t) const { return impl_->half_log_snr(t); }
  double time_of_half_log_snr(double lam) const { return impl_->time_of_half_log_snr(lam); }
  /// s / a; infinity where a = 0.
  double rho(double t) const;
  double time_of_rho(double rho) const;
  double t_noise() const { return impl_->t_noise(); }
  double t_data() const { return impl_->t_data(); }
  /// The time at which s is exactly 0, NaN where no time has it.
  double t_clean() const { return impl_->t_clean(); }
  /// Entries of the beta table of a discrete path, else 0.
  int table_size() const { return impl_->table_size(); }
  /// True where samples have a centre mu: x_t - mu = a (x0 - mu) + s eps. A draw then works on y = x - mu;
  /// the Field adds mu for the model (the condition "centre", a row of the sample's shape).
  bool has_centre() const { return impl_->has_centre(); }

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace ulam
