#include "ulam/problems/checkerboard.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "ulam/base/error.h"
#include "ulam/problems/running_mean.h"

namespace ulam {
namespace {

constexpr int kNodes = 48;

struct Rule {
  std::array<double, kNodes> at, weight;  // on [0, 1]
};

/// Gauss-Legendre by Newton's method on the Legendre recurrence (Abramowitz and Stegun 25.4.29).
Rule gauss_legendre() {
  Rule rule;
  for (int i = 0; i < kNodes; ++i) {
    double x = std::cos(std::numbers::pi * (i + 0.75) / (kNodes + 0.5)), slope = 1;
    for (int newton = 0; newton < 8; ++newton) {
      double before = 1, p = x;
      for (int n = 2; n <= kNodes; ++n) {
        const double next = ((2 * n - 1) * x * p - (n - 1) * before) / n;
        before = p;
        p = next;
      }
      slope = kNodes * (x * p - before) / (x * x - 1);
      x -= p / slope;
    }
    rule.at[i] = 0.5 * (1 - x);
    rule.weight[i] = 1 / ((1 - x * x) * slope * slope);
  }
  return rule;
}

const Rule& rule() {
  static const Rule r = gauss_legendre();
  return r;
}

class Checkerboard final : public Density {
 public:
  Checkerboard(int cells, double half) : cells_(cells), half_(half), width_(2 * half / cells) {}

  int dimension() const override { return 2; }
  double flops() const override { return 2.0 * cells_ * kNodes * 30; }

  double clean_log_density(const double* x, int) const override {
    if (!(std::abs(x[0]) < half_ && std::abs(x[1]) < half_))
      return x[0] * x[1] == x[0] * x[1] ? -std::numeric_limits<double>::infinity()
                                        : std::numeric_limits<double>::quiet_NaN();
    const int column = static_cast<int>((x[0] + half_) / width_),
              row = static_cast<int>((x[1] + half_) / width_);
    return (column + row) % 2 == 0 ? -log_area() : -std::numeric_limits<double>::infinity();
  }

  void evaluate(std::span<const RowQuery> queries, std::span<RowAnswer> answers) const override {
    for (std::size_t i = 0; i < queries.size(); ++i) {
      RowAnswer& answer = answers[i];
      RunningMean mean(4);
      squares(queries[i], [&](double log_weight, const IntervalMoments& m0, const IntervalMoments& m1) {
        const double values[4] = {m0.mean, m1.mean, m0.mean_z, m1.mean_z};
        mean.add(log_weight, values);
      });
      const double* m = mean.finish();
      for (int k = 0; k < 2; ++k) {
        if (answer.denoised != nullptr) answer.denoised[k] = m[k];
        if (answer.score != nullptr) answer.score[k] = m[2 + k] / queries[i].s;
      }
      answer.log_density = mean.log_sum() - log_area();
    }
  }

  void jacobian_product(const RowQuery& q, const double* v, double* out) const override {
    double denoised[2];
    RowAnswer answer{denoised, nullptr, 0};
    evaluate({&q, 1}, {&answer, 1});
    RunningMean mean(2);
    squares(q, [&](double log_weight, const IntervalMoments& m0, const IntervalMoments& m1) {
      const double g0 = m0.mean - denoised[0], g1 = m1.mean - denoised[1], along = g0 * v[0] + g1 * v[1];
      const double values[2] = {m0.variance * v[0] + g0 * along, m1.variance * v[1] + g1 * along};
      mean.add(log_weight, values);
    });
    const double* m = mean.finish();
    for (int k = 0; k < 2; ++k) out[k] = q.a / (q.s * q.s) * m[k];
  }

  void sample(const RowKey& row, int, double* out) const override {
    // Squares of even colour by rejection; the chance that none of 64 proposals fits is 2^-64 or less for
    // cells >= 1.
    int column = 0, line = 0;
    for (std::uint64_t attempt = 0; attempt < 64; ++attempt) {
      const int i = static_cast<int>(random_below(row, 2 * attempt, cells_));
      const int j = static_cast<int>(random_below(row, 2 * attempt + 1, cells_));
      if ((i + j) % 2 == 0) {
        column = i;
        line = j;
        break;
      }
    }
    const RowKey next{row.key, row.id, row.draw + 1};
    out[0] = -half_ + width_ * (column + random_uniform(next, 0));
    out[1] = -half_ + width_ * (line + random_uniform(next, 1));
  }

  void moments(int, double* mean, double* covariance) const override {
    double m[2] = {}, c[4] = {};
    int count = 0;
    each_square([&](int i, int j) {
      ++count;
      m[0] += centre(i);
      m[1] += centre(j);
    });
    for (double& v : m) v /= count;
    each_square([&](int i, int j) {
      const double g[2] = {centre(i) - m[0], centre(j) - m[1]};
      for (int k = 0; k < 4; ++k)
        c[k] += g[k / 2] * g[k % 2] / count + (k % 3 == 0 ? width_ * width_ / 12 / count : 0);
    });
    if (mean != nullptr) std::copy_n(m, 2, mean);
    if (covariance != nullptr) std::copy_n(c, 4, covariance);
  }

 private:
  double centre(int i) const { return -half_ + width_ * (i + 0.5); }
  double log_area() const { return std::log((cells_ * cells_ + 1) / 2) + 2 * std::log(width_); }

  template <typename F>
  void each_square(F f) const {
    for (int i = 0; i < cells_; ++i)
      for (int j = i % 2; j < cells_; j += 2) f(i, j);
  }
  template <typename F>
  void squares(const RowQuery& q, F f) const {
    std::vector<IntervalMoments> across(cells_), along(cells_);
    for (int i = 0; i < cells_; ++i) {
      const double lo = -half_ + width_ * i, hi = i + 1 == cells_ ? half_ : -half_ + width_ * (i + 1);
      across[i] = interval_moments(q.x[0], q.a, q.s, lo, hi);
      along[i] = interval_moments(q.x[1], q.a, q.s, lo, hi);
    }
    each_square([&](int i, int j) { f(across[i].log_mass + along[j].log_mass, across[i], along[j]); });
  }

  int cells_;
  double half_, width_;
};

}  // namespace

IntervalMoments interval_moments(double x, double a, double s, double lo, double hi) {
  // z = (a u - x)/s runs over [alpha, beta]; the integrand is exp(-z^2/2).
  const double width = hi - lo, alpha = (a * lo - x) / s, delta = a * width / s, beta = alpha + delta;
  const double nearest = std::clamp(0.0, alpha, beta);
  const double reach = 80 / (std::abs(nearest) + std::sqrt(nearest * nearest + 80));
  const double first = std::max(alpha, nearest - reach), last = std::min(beta, nearest + reach);
  // Share of [lo, hi] before `first` and between `first` and `last`; delta = 0 where a = 0.
  const double skipped = delta > 0 ? (first - alpha) / delta : 0,
               kept = delta > 0 ? (last - first) / delta : 1;
  std::array<double, kNodes> weight, gap, z;
  double total = 0, mean_gap = 0, mean_z = 0;
  for (int i = 0; i < kNodes; ++i) {
    z[i] = first + rule().at[i] * (last - first);
    gap[i] =
        width * kept * rule().at[i];  // from the start of the kept part: no digits lost where it is short
    weight[i] = rule().weight[i] * std::exp(-0.5 * (z[i] - nearest) * (z[i] + nearest));
    total += weight[i];
    mean_gap += weight[i] * gap[i];
    mean_z += weight[i] * z[i];
  }
  mean_gap /= total;
  double variance = 0;
  for (int i = 0; i < kNodes; ++i) variance += weight[i] * (gap[i] - mean_gap) * (gap[i] - mean_gap);
  IntervalMoments m;
  m.log_mass =
      std::log(width * kept * total / s) - 0.5 * (nearest * nearest + std::log(2 * std::numbers::pi));
  m.mean = lo + (width * skipped + mean_gap);
  m.variance = variance / total;
  m.mean_z = mean_z / total;
  return m;
}

DensityPtr make_checkerboard(int cells, double half) {
  if (cells < 1 || cells > 1000)
    fail(ErrorKind::option, "checkerboard", "cells = {} is outside 1 .. 1000", cells);
  if (!(half > 0 && std::isfinite(half)))
    fail(ErrorKind::option, "checkerboard", "half = {} is not finite and above 0", half);
  return std::make_shared<Checkerboard>(cells, half);
}

}  // namespace ulam
