#include "ulam/problems/points.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "ulam/base/error.h"
#include "ulam/kernels/normal.h"
#include "ulam/problems/points_kernel.h"
#include "ulam/problems/running_mean.h"

namespace ulam {
namespace {

constexpr int kTile = 8;     // rows that share a pass over the points
constexpr int kBlock = 128;  // points a step of the pass
constexpr double kDropped = 60;

class Points final : public Density {
 public:
  Points(int dimension, const std::vector<double>& points, double width, std::vector<int> labels)
      : d_(dimension), width_(width), labels_(std::move(labels)) {
    padded_ = (d_ + kPointLanes - 1) / kPointLanes * kPointLanes;
    n_ = static_cast<std::int64_t>(points.size()) / d_;
    points_.assign(static_cast<std::size_t>(n_) * padded_, 0.0);
    for (std::int64_t j = 0; j < n_; ++j)
      std::copy_n(points.data() + j * d_, d_, points_.data() + j * padded_);
    for (std::int64_t j = 0; j < static_cast<std::int64_t>(labels_.size()); ++j) {
      if (labels_[j] >= static_cast<int>(members_.size())) members_.resize(labels_[j] + 1);
      members_[labels_[j]].push_back(j);
    }
  }

  int dimension() const override { return d_; }
  int classes() const override { return static_cast<int>(members_.size()); }
  int tile() const override { return kTile; }
  double flops() const override { return 5.0 * static_cast<double>(n_) * padded_; }
  bool smooth() const override { return width_ > 0; }

  double clean_log_density(const double* x, int label) const override {
    const RowQuery query{x, 1, 0, label};
    RowAnswer answer;
    evaluate({&query, 1}, {&answer, 1});
    return answer.log_density;
  }

  void evaluate(std::span<const RowQuery> queries, std::span<RowAnswer> answers) const override {
    for (std::size_t first = 0; first < queries.size(); first += kTile) {
      const std::size_t rows = std::min<std::size_t>(kTile, queries.size() - first);
      std::vector<RunningMean> means(rows, RunningMean(padded_));
      pass(queries.subspan(first, rows), means,
           [](RunningMean& mean, double w, const double* point, int padded) {
             add_scaled(w, point, padded, mean.sums());
           });
      for (std::size_t r = 0; r < rows; ++r) finish(queries[first + r], means[r], answers[first + r]);
    }
  }

  void jacobian_product(const RowQuery& q, const double* v, double* out) const override {
    // J = (a width^2 / M) I + (s^2 a / M^2) Cov_r(x_j).
    std::vector<RunningMean> means(1, RunningMean(2 * padded_ + 1));
    const int d = d_;
    pass({&q, 1}, means, [v, d](RunningMean& mean, double w, const double* point, int padded) {
      double along = 0;
      for (int i = 0; i < d; ++i) along += point[i] * v[i];
      add_scaled(w, point, padded, mean.sums());
      add_scaled(w * along, point, padded, mean.sums() + padded);
      mean.sums()[2 * padded] += w * along;
    });
    const double* m = means[0].finish();
    const double width2 = width_ * width_, big = q.a * q.a * width2 + q.s * q.s;
    for (int i = 0; i < d_; ++i) {
      const double spread = m[padded_ + i] - m[i] * m[2 * padded_];
      out[i] = q.a * width2 / big * v[i] + q.s * q.s * q.a / (big * big) * spread;
    }
  }

  void sample(const RowKey& row, int label, double* out) const override {
    const std::int64_t count = size(label);
    std::int64_t j = random_below(row, 0, static_cast<std::uint32_t>(count));
    if (label >= 0) j = members_[label][j];
    std::copy_n(points_.data() + j * padded_, d_, out);
    if (width_ == 0) return;
    std::vector<double> z(d_);
    kernels::fill_normal({row.key, row.id, row.draw + 1}, 0, std::span<double>(z));
    for (int i = 0; i < d_; ++i) out[i] += width_ * z[i];
  }

  void moments(int label, double* mean, double* covariance) const override {
    std::vector<double> m(padded_, 0.0), gap(d_);
    const double w = 1.0 / static_cast<double>(size(label));
    for (std::int64_t j = 0; j < n_; ++j)
      if (takes(j, label)) add_scaled(w, points_.data() + j * padded_, padded_, m.data());
    if (mean != nullptr) std::copy_n(m.data(), d_, mean);
    if (covariance == nullptr) return;
    std::fill(covariance, covariance + static_cast<std::size_t>(d_) * d_, 0.0);
    for (std::int64_t j = 0; j < n_; ++j) {
      if (!takes(j, label)) continue;
      for (int i = 0; i < d_; ++i) gap[i] = points_[j * padded_ + i] - m[i];
      for (int i = 0; i < d_; ++i)
        add_scaled(w * gap[i], gap.data(), d_, covariance + static_cast<std::size_t>(i) * d_);
    }
    for (int i = 0; i < d_; ++i) covariance[static_cast<std::size_t>(i) * d_ + i] += width_ * width_;
  }

 private:
  bool takes(std::int64_t j, int label) const { return label < 0 || labels_[j] == label; }
  std::int64_t size(int label) const {
    return label < 0 ? n_ : static_cast<std::int64_t>(members_[label].size());
  }

  /// Streams all blocks of points past at most kTile rows; `add(mean, w, point, padded)` takes the weighted
  /// terms.
  template <typename Add>
  void pass(std::span<const RowQuery> queries, std::vector<RunningMean>& means, Add add) const {
    const int rows = static_cast<int>(queries.size());
    std::vector<double> padded_x(static_cast<std::size_t>(rows) * padded_, 0.0), distances(rows * kBlock);
    const double* x[kTile];
    double a[kTile];
    for (int r = 0; r < rows; ++r) {
      std::copy_n(queries[r].x, d_, padded_x.data() + r * padded_);
      x[r] = padded_x.data() + r * padded_;
      a[r] = queries[r].a;
    }
    for (std::int64_t first = 0; first < n_; first += kBlock) {
      const int count = static_cast<int>(std::min<std::int64_t>(kBlock, n_ - first));
      const double* block = points_.data() + first * padded_;
      squared_distances(x, a, rows, block, count, padded_, distances.data());
      for (int r = 0; r < rows; ++r) {
        const RowQuery& q = queries[r];
        const double scale = -0.5 / (q.a * q.a * width_ * width_ + q.s * q.s);
        double* l = distances.data() + static_cast<std::size_t>(r) * count;
        double most = -std::numeric_limits<double>::infinity();
        for (int j = 0; j < count; ++j) {
          l[j] *= scale;
          if (takes(first + j, q.label) && !(l[j] <= most)) most = l[j];  // NaN in x must reach the sums
        }
        RunningMean& mean = means[r];
        mean.raise(most);
        for (int j = 0; j < count; ++j) {
          if (!takes(first + j, q.label) || l[j] - mean.most() < -kDropped) continue;
          const double w = std::exp(l[j] - mean.most());
          mean.weight() += w;
          add(mean, w, block + static_cast<std::int64_t>(j) * padded_, padded_);
        }
      }
    }
  }

  void finish(const RowQuery& q, RunningMean& mean, RowAnswer& answer) const {
    const double width2 = width_ * width_, big = q.a * q.a * width2 + q.s * q.s;
    const double* m = mean.finish();
    for (int i = 0; i < d_; ++i) {
      if (answer.score != nullptr) answer.score[i] = -(q.x[i] - q.a * m[i]) / big;
      if (answer.denoised != nullptr) answer.denoised[i] = (q.s * q.s * m[i] + q.a * width2 * q.x[i]) / big;
    }
    answer.log_density = mean.log_sum() - std::log(static_cast<double>(size(q.label))) -
                         0.5 * d_ * std::log(2 * std::numbers::pi * big);
  }

  int d_, padded_ = 0;
  std::int64_t n_ = 0;
  double width_;
  std::vector<double> points_;
  std::vector<int> labels_;
  std::vector<std::vector<std::int64_t>> members_;
};

}  // namespace

DensityPtr make_points(int dimension, const std::vector<double>& points, double width,
                       std::vector<int> labels) {
  const char* place = "data set";
  if (dimension < 1 || points.empty() || points.size() % dimension != 0)
    fail(ErrorKind::option, place, "{} numbers are not rows of {}", points.size(), dimension);
  const std::size_t n = points.size() / dimension;
  if (n > std::numeric_limits<std::uint32_t>::max())
    fail(ErrorKind::option, place, "{} points, at most 2^32 - 1", n);
  if (!(width >= 0 && std::isfinite(width)))
    fail(ErrorKind::option, place, "width = {} is not finite and at least 0", width);
  for (std::size_t i = 0; i < points.size(); ++i)
    if (!std::isfinite(points[i]))
      fail(ErrorKind::option, place, "point {} has {} at index {}", i / dimension, points[i], i % dimension);
  if (!labels.empty()) {
    if (labels.size() != n) fail(ErrorKind::option, place, "{} labels for {} points", labels.size(), n);
    const auto [least, most] = std::minmax_element(labels.begin(), labels.end());
    if (*least < 0 || static_cast<std::size_t>(*most) >= n)
      fail(ErrorKind::option, place, "labels run from {} to {}, outside 0 .. {}", *least, *most, n - 1);
    std::vector<bool> seen(*most + 1, false);
    for (int label : labels) seen[label] = true;
    for (int label = 0; label <= *most; ++label)
      if (!seen[label])
        fail(ErrorKind::option, place, "class {} has no point; labels run from 0 without gaps", label);
  }
  return std::make_shared<Points>(dimension, points, width, std::move(labels));
}

std::vector<double> ring_points(int count, double radius) {
  std::vector<double> points;
  for (int i = 0; i < count; ++i) {
    const double angle = 2 * std::numbers::pi * i / count;
    points.push_back(radius * std::cos(angle));
    points.push_back(radius * std::sin(angle));
  }
  return points;
}

std::vector<double> swissroll_points(int count, double radius) {
  std::vector<double> points;
  for (int i = 0; i < count; ++i) {
    const double u = 1.5 * std::numbers::pi * (1 + 2 * (i + 0.5) / count),
                 r = radius * u / (4.5 * std::numbers::pi);
    points.push_back(r * std::cos(u));
    points.push_back(r * std::sin(u));
  }
  return points;
}

}  // namespace ulam
