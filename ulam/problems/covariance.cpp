#include "ulam/problems/covariance.h"

#include <algorithm>
#include <cmath>

#include "ulam/base/error.h"

namespace ulam {
namespace {

class Diagonal final : public Covariance {
 public:
  explicit Diagonal(std::vector<double> variances) : variances_(std::move(variances)) {
    definite_ = *std::min_element(variances_.begin(), variances_.end()) > 0;
    uniform_ = *std::min_element(variances_.begin(), variances_.end()) ==
               *std::max_element(variances_.begin(), variances_.end());
  }
  int dimension() const override { return static_cast<int>(variances_.size()); }
  bool definite() const override { return definite_; }
  double solve(double a, double s, const double* y, double* solved, double* gained, double*) const override {
    double square = 0, log_det = 0;
    for (int i = 0; i < dimension(); ++i) {
      const double m = a * a * variances_[i] + s * s;
      solved[i] = y[i] / m;
      gained[i] = a * variances_[i] * solved[i];
      square += y[i] * solved[i];
      if (!uniform_) log_det += std::log(m);
    }
    if (uniform_) log_det = dimension() * std::log(a * a * variances_[0] + s * s);
    return -0.5 * (square + log_det);
  }
  void colour(const double* z, double* out) const override {
    for (int i = 0; i < dimension(); ++i) out[i] = std::sqrt(variances_[i]) * z[i];
  }
  void add_to(double weight, double* matrix) const override {
    const std::size_t d = variances_.size();
    for (std::size_t i = 0; i < d; ++i) matrix[i * d + i] += weight * variances_[i];
  }
  double flops() const override { return 8.0 * dimension(); }

 private:
  std::vector<double> variances_;
  bool definite_, uniform_;
};

/// C = Q diag(values) Q': the eigenvectors serve every noise level.
class Full final : public Covariance {
 public:
  Full(int dimension, Eigen eigen) : d_(dimension), eigen_(std::move(eigen)) {}
  int dimension() const override { return d_; }
  int scratch_size() const override { return d_; }
  double solve(double a, double s, const double* y, double* solved, double* gained,
               double* scratch) const override {
    double square = 0, log_det = 0;
    std::fill(scratch, scratch + d_, 0.0);
    for (int i = 0; i < d_; ++i)
      for (int k = 0; k < d_; ++k) scratch[k] += vector(i)[k] * y[i];
    for (int k = 0; k < d_; ++k) {
      const double m = a * a * eigen_.values[k] + s * s;
      square += scratch[k] * scratch[k] / m;
      log_det += std::log(m);
      scratch[k] /= m;
    }
    for (int i = 0; i < d_; ++i) {
      double sum = 0, gain = 0;
      for (int k = 0; k < d_; ++k) {
        const double part = vector(i)[k] * scratch[k];
        sum += part;
        gain += part * eigen_.values[k];
      }
      solved[i] = sum;
      gained[i] = a * gain;
    }
    return -0.5 * (square + log_det);
  }
  void colour(const double* z, double* out) const override {
    for (int i = 0; i < d_; ++i) {
      out[i] = 0;
      for (int k = 0; k < d_; ++k) out[i] += vector(i)[k] * std::sqrt(eigen_.values[k]) * z[k];
    }
  }
  void add_to(double weight, double* matrix) const override {
    for (int i = 0; i < d_; ++i)
      for (int j = 0; j < d_; ++j) {
        double sum = 0;
        for (int k = 0; k < d_; ++k) sum += vector(i)[k] * eigen_.values[k] * vector(j)[k];
        matrix[static_cast<std::size_t>(i) * d_ + j] += weight * sum;
      }
  }
  double flops() const override { return 7.0 * d_ * d_; }

 private:
  const double* vector(int i) const { return eigen_.vectors.data() + static_cast<std::size_t>(i) * d_; }

  int d_;
  Eigen eigen_;
};

/// With B = (a^2 diag + s^2)^-1 and K = I + a^2 U' B U: M^-1 = B - a^2 B U K^-1 U' B, det M = det K / det B.
class LowRank final : public Covariance {
 public:
  LowRank(std::vector<double> variances, int rank, std::vector<double> factors)
      : variances_(std::move(variances)), factors_(std::move(factors)), rank_(rank) {
    if (std::all_of(variances_.begin(), variances_.end(), [&](double v) { return v == variances_[0]; })) {
      gram_.assign(static_cast<std::size_t>(rank_) * rank_, 0.0);
      for (int i = 0; i < LowRank::dimension(); ++i)
        for (int j = 0; j < rank_; ++j)
          for (int l = 0; l <= j; ++l) gram_[j * rank_ + l] += row(i)[j] * row(i)[l];
      for (int j = 0; j < rank_; ++j)
        for (int i = 0; i < LowRank::dimension(); ++i) columns_.push_back(row(i)[j]);
    }
  }
  int kept_size() const override { return columns_.empty() || dimension() < 64 * rank_ ? 0 : rank_; }
  double weigh(double a, double s, const double* y, double* kept, double* scratch) const override {
    const int d = dimension(), r = rank_;
    double* k = scratch;
    const double m = a * a * variances_[0] + s * s;
    for (int j = 0; j < r; ++j) {
      kept[j] = dot(column(j), y, d) / m;
      for (int l = 0; l <= j; ++l) k[j * r + l] = (j == l ? 1 : 0) + a * a * gram_[j * r + l] / m;
    }
    double log_det = d * std::log(m), square = dot(y, y, d) / m;
    cholesky(k);
    log_det += forward(k, kept);
    for (int j = 0; j < r; ++j) square -= a * a * kept[j] * kept[j];  // y' M^-1 y = y'y / m - a^2 |L^-1 c|^2
    backward(k, kept);
    return -0.5 * (square + log_det);
  }
  void add(double a, double s, double share, const double* y, const double* kept, double* score,
           double* denoised) const override {
    const int d = dimension();
    const double v = variances_[0], m = a * a * v + s * s;
    constexpr int block = 512;
    double along[block];
    for (int begin = 0; begin < d; begin += block) {
      const int size = std::min(block, d - begin);
      std::fill(along, along + size, 0.0);
      for (int j = 0; j < rank_; ++j) {
        const double* u = column(j) + begin;
        for (int i = 0; i < size; ++i) along[i] += u[i] * kept[j];
      }
      for (int i = 0; i < size; ++i) {
        const double solved = (y[begin + i] - a * a * along[i]) / m;
        score[begin + i] -= share * solved;
        denoised[begin + i] += share * (a * (v * solved + along[i]));
      }
    }
  }
  int dimension() const override { return static_cast<int>(variances_.size()); }
  int scratch_size() const override { return rank_ * (rank_ + 1); }
  double solve(double a, double s, const double* y, double* solved, double* gained,
               double* scratch) const override {
    const int d = dimension(), r = rank_;
    double *k = scratch, *c = scratch + r * r;
    std::fill(scratch, scratch + scratch_size(), 0.0);
    for (int j = 0; j < r; ++j) k[j * r + j] = 1;
    double log_det = 0;
    if (!gram_.empty()) {
      const double m = a * a * variances_[0] + s * s;
      log_det = d * std::log(m);
      for (int i = 0; i < d; ++i)
        for (int j = 0; j < r; ++j) c[j] += row(i)[j] * y[i];
      for (int j = 0; j < r; ++j) {
        c[j] /= m;
        for (int l = 0; l <= j; ++l) k[j * r + l] += a * a * gram_[j * r + l] / m;
      }
    } else {
      for (int i = 0; i < d; ++i) {
        const double m = a * a * variances_[i] + s * s, *u = row(i);
        log_det += std::log(m);
        solved[i] = y[i] / m;
        for (int j = 0; j < r; ++j) {
          c[j] += u[j] * solved[i];
          for (int l = 0; l <= j; ++l) k[j * r + l] += a * a * u[j] * u[l] / m;
        }
      }
    }
    cholesky(k);
    log_det += forward(k, c);
    backward(k, c);
    // U' M^-1 y = K^-1 U' B y, so c also carries the gain of the factors.
    double square = 0;
    for (int i = 0; i < d; ++i) {
      const double m = a * a * variances_[i] + s * s;
      double along = 0;
      for (int j = 0; j < r; ++j) along += row(i)[j] * c[j];
      solved[i] = (y[i] - a * a * along) / m;
      gained[i] = a * (variances_[i] * solved[i] + along);
      square += y[i] * solved[i];
    }
    return -0.5 * (square + log_det);
  }
  int colours() const override { return dimension() + rank_; }
  void colour(const double* z, double* out) const override {
    const int d = dimension();
    for (int i = 0; i < d; ++i) {
      out[i] = std::sqrt(variances_[i]) * z[i];
      for (int j = 0; j < rank_; ++j) out[i] += row(i)[j] * z[d + j];
    }
  }
  void add_to(double weight, double* matrix) const override {
    const int d = dimension();
    for (int i = 0; i < d; ++i)
      for (int l = 0; l < d; ++l) {
        double sum = i == l ? variances_[i] : 0;
        for (int j = 0; j < rank_; ++j) sum += row(i)[j] * row(l)[j];
        matrix[static_cast<std::size_t>(i) * d + l] += weight * sum;
      }
  }
  double flops() const override {
    return dimension() * (10.0 + 6.0 * rank_ + (gram_.empty() ? 4.0 * rank_ * rank_ : 0.0));
  }

 private:
  // In eight lanes: a plain sum would be held to its order, one addition after the other.
  static double dot(const double* x, const double* y, int size) {
    double lane[8] = {};
    int i = 0;
    for (; i + 8 <= size; i += 8)
      for (int l = 0; l < 8; ++l) lane[l] += x[i + l] * y[i + l];
    for (; i < size; ++i) lane[0] += x[i] * y[i];
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
  }
  /// K = L L', lower half in place.
  void cholesky(double* k) const {
    const int r = rank_;
    for (int j = 0; j < r; ++j)
      for (int l = 0; l <= j; ++l) {
        double sum = k[j * r + l];
        for (int q = 0; q < l; ++q) sum -= k[j * r + q] * k[l * r + q];
        k[j * r + l] = l == j ? std::sqrt(sum) : sum / k[l * r + l];
      }
  }
  /// c = L^-1 c; returns log det K.
  double forward(const double* k, double* c) const {
    const int r = rank_;
    double log_det = 0;
    for (int j = 0; j < r; ++j) {
      for (int q = 0; q < j; ++q) c[j] -= k[j * r + q] * c[q];
      c[j] /= k[j * r + j];
      log_det += 2 * std::log(k[j * r + j]);
    }
    return log_det;
  }
  /// c = L'^-1 c.
  void backward(const double* k, double* c) const {
    const int r = rank_;
    for (int j = r - 1; j >= 0; --j) {
      for (int q = j + 1; q < r; ++q) c[j] -= k[q * r + j] * c[q];
      c[j] /= k[j * r + j];
    }
  }
  const double* column(int j) const { return columns_.data() + static_cast<std::size_t>(j) * dimension(); }
  const double* row(int i) const { return factors_.data() + static_cast<std::size_t>(i) * rank_; }

  std::vector<double> variances_, factors_;
  std::vector<double> gram_;     // U' U, lower half, where all variances are equal
  std::vector<double> columns_;  // U column by column, likewise
  int rank_;
};

void check_variances(const std::vector<double>& variances, bool zero_allowed) {
  if (variances.empty()) fail(ErrorKind::numeric, "covariance", "no variances are given");
  for (std::size_t i = 0; i < variances.size(); ++i)
    if (!(std::isfinite(variances[i]) && (variances[i] > 0 || (zero_allowed && variances[i] == 0))))
      fail(ErrorKind::numeric, "covariance", "variance {} at index {} is not {}", variances[i], i,
           zero_allowed ? "finite and at least 0" : "finite and above 0");
}

}  // namespace

CovariancePtr diagonal_covariance(std::vector<double> variances) {
  check_variances(variances, true);
  return std::make_shared<Diagonal>(std::move(variances));
}

CovariancePtr full_covariance(int dimension, const std::vector<double>& matrix) {
  constexpr int kMost = 1024;
  const int d = dimension;
  if (d < 1 || d > kMost)
    fail(ErrorKind::unsupported, "covariance",
         "a full matrix of dimension {} is not offered, at most {}; use factors", d, kMost);
  if (matrix.size() != static_cast<std::size_t>(d) * d)
    fail(ErrorKind::numeric, "covariance", "{} entries, a {} x {} matrix has {}", matrix.size(), d, d, d * d);
  double largest = 0;
  for (double v : matrix) largest = std::isfinite(v) ? std::max(largest, std::abs(v)) : v;
  for (int i = 0; i < d; ++i)
    for (int j = 0; j < d; ++j) {
      const double v = matrix[i * d + j];
      if (!std::isfinite(v)) fail(ErrorKind::numeric, "covariance", "entry [{}][{}] is {}", i, j, v);
      if (std::abs(v - matrix[j * d + i]) > 1e-9 * largest)
        fail(ErrorKind::numeric, "covariance", "not symmetric: [{}][{}] = {} but [{}][{}] = {}", i, j, v, j,
             i, matrix[j * d + i]);
    }
  Eigen eigen = symmetric_eigen(d, matrix);
  const double least = *std::min_element(eigen.values.begin(), eigen.values.end());
  if (!(least > 1e-14 * largest))
    fail(ErrorKind::numeric, "covariance", "not positive definite: smallest eigenvalue {:.6g}", least);
  return std::make_shared<Full>(d, std::move(eigen));
}

CovariancePtr low_rank_covariance(std::vector<double> variances, int rank, std::vector<double> factors) {
  check_variances(variances, false);
  constexpr int kMost = 256;
  if (rank < 1 || rank > kMost)
    fail(ErrorKind::unsupported, "covariance", "rank {} is outside 1 .. {}", rank, kMost);
  if (factors.size() != variances.size() * rank)
    fail(ErrorKind::numeric, "covariance", "{} factor entries, {} x {} needed", factors.size(),
         variances.size(), rank);
  for (std::size_t i = 0; i < factors.size(); ++i)
    if (!std::isfinite(factors[i]))
      fail(ErrorKind::numeric, "covariance", "factor [{}][{}] is {}", i / rank, i % rank, factors[i]);
  return std::make_shared<LowRank>(std::move(variances), rank, std::move(factors));
}

}  // namespace ulam
