#pragma once
// Weighted means with weights given by their logarithms, one term after the other.
#include <cmath>
#include <limits>
#include <vector>

namespace ulam {

/// Running log-sum-exp: keeps sum of exp(l - max) and of exp(l - max) value, rescaled when a larger l
/// arrives. Memory does not grow with the number of terms; the result depends on their order only.
class RunningMean {
 public:
  explicit RunningMean(int size) : sums_(size, 0.0) {}

  void add(double log_weight, const double* values) {
    if (log_weight == -std::numeric_limits<double>::infinity()) return;
    raise(log_weight);
    const double w = std::exp(log_weight - most_);
    weight_ += w;
    for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i] += w * values[i];
  }
  /// Makes `log_weight` the reference if it is larger than the present one.
  void raise(double log_weight) {
    if (!(log_weight > most_)) return;
    const double factor = std::exp(most_ - log_weight);
    weight_ *= factor;
    for (double& sum : sums_) sum *= factor;
    most_ = log_weight;
  }
  /// For loops that form their own terms: exp of a log-weight against the reference, and the sums to add to.
  double most() const { return most_; }
  double& weight() { return weight_; }
  double* sums() { return sums_.data(); }

  double log_sum() const { return most_ + std::log(weight_); }
  /// Divides by the total weight; call once.
  const double* finish() {
    for (double& sum : sums_) sum /= weight_;
    return sums_.data();
  }

 private:
  std::vector<double> sums_;
  double weight_ = 0;
  double most_ = -std::numeric_limits<double>::infinity();
};

}  // namespace ulam
