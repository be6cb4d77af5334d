#include "ulam/problems/mixture.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "ulam/base/error.h"
#include "ulam/kernels/normal.h"
#include "ulam/problems/running_mean.h"

namespace ulam {
namespace {

class Mixture final : public Density {
 public:
  explicit Mixture(std::vector<MixturePart> parts) : parts_(std::move(parts)) {
    d_ = static_cast<int>(parts_.front().mean.size());
    class_weight_.assign(1, 0.0);
    for (const MixturePart& p : parts_) {
      scratch_ = std::max(scratch_, p.covariance->scratch_size());
      smooth_ = smooth_ && p.covariance->definite();
      kept_ = std::max(kept_, p.covariance->kept_size());
      halves_ = halves_ && p.covariance->kept_size() > 0;
      flops_ += p.covariance->flops() + 6 * d_;
      if (p.label + 2 > static_cast<int>(class_weight_.size())) class_weight_.resize(p.label + 2, 0.0);
      class_weight_[0] += p.weight;
      if (p.label >= 0) class_weight_[p.label + 1] += p.weight;
    }
  }

  int dimension() const override { return d_; }
  int classes() const override { return static_cast<int>(class_weight_.size()) - 1; }
  int tile() const override { return halves_ ? 16 : 1; }
  double flops() const override { return flops_; }
  bool smooth() const override { return smooth_; }

  double clean_log_density(const double* x, int label) const override {
    RowAnswer answer;
    const RowQuery query{x, 1, 0, label};
    evaluate({&query, 1}, {&answer, 1});
    return answer.log_density;
  }
  void evaluate(std::span<const RowQuery> queries, std::span<RowAnswer> answers) const override {
    const std::size_t together = static_cast<std::size_t>(Mixture::tile());
    for (std::size_t i = 0; i < queries.size(); i += together) {
      const std::size_t size = std::min(together, queries.size() - i);
      if (halves_)
        in_halves(queries.subspan(i, size), answers.subspan(i, size));
      else
        one(queries[i], answers[i]);
    }
  }

  void jacobian_product(const RowQuery& q, const double* v, double* out) const override {
    // J v = sum r_k (a C_k M_k^-1 v + D_k (g_k . v)) - D (g . v), with g_k the gradient of log N_k.
    std::vector<double> work(static_cast<std::size_t>(6) * d_ + scratch_);
    double *y = work.data(), *solved = y + d_, *denoised = solved + d_, *gained = denoised + d_,
           *unused = gained + d_, *pull = unused + d_, *scratch = pull + d_;
    RunningMean mean(2 * d_ + 1);
    std::vector<double> values(2 * d_ + 1);
    for (const MixturePart& p : parts_) {
      if (!takes(p, q.label)) continue;
      const double log_weight = part(p, q, y, solved, denoised, scratch);
      double along = 0;
      for (int i = 0; i < d_; ++i) along -= solved[i] * v[i];
      p.covariance->solve(q.a, q.s, v, unused, gained, scratch);
      for (int i = 0; i < d_; ++i) {
        values[i] = gained[i] + denoised[i] * along;
        values[d_ + i] = denoised[i];
      }
      values[2 * d_] = along;
      mean.add(log_weight, values.data());
    }
    const double* m = mean.finish();
    for (int i = 0; i < d_; ++i) out[i] = m[i] - m[d_ + i] * m[2 * d_];
  }

  void sample(const RowKey& row, int label, double* out) const override {
    double left = random_uniform(row, 0) * total(label);
    const MixturePart* chosen = nullptr;
    for (const MixturePart& p : parts_) {
      if (!takes(p, label) || p.weight == 0) continue;
      chosen = &p;
      left -= p.weight;
      if (left < 0) break;
    }
    std::vector<double> z(chosen->covariance->colours());
    kernels::fill_normal({row.key, row.id, row.draw + 1}, 0, std::span<double>(z));
    chosen->covariance->colour(z.data(), out);
    for (int i = 0; i < d_; ++i) out[i] += chosen->mean[i];
  }

  void moments(int label, double* mean, double* covariance) const override {
    std::vector<double> m(d_, 0.0);
    for (const MixturePart& p : parts_)
      if (takes(p, label))
        for (int i = 0; i < d_; ++i) m[i] += p.weight / total(label) * p.mean[i];
    if (mean != nullptr) std::copy(m.begin(), m.end(), mean);
    if (covariance == nullptr) return;
    std::fill(covariance, covariance + static_cast<std::size_t>(d_) * d_, 0.0);
    for (const MixturePart& p : parts_) {
      if (!takes(p, label)) continue;
      const double w = p.weight / total(label);
      p.covariance->add_to(w, covariance);
      for (int i = 0; i < d_; ++i)
        for (int j = 0; j < d_; ++j)
          covariance[static_cast<std::size_t>(i) * d_ + j] += w * (p.mean[i] - m[i]) * (p.mean[j] - m[j]);
    }
  }

 private:
  static bool takes(const MixturePart& p, int label) { return label < 0 || p.label == label; }
  double total(int label) const { return class_weight_[label < 0 ? 0 : label + 1]; }

  /// log(w_k N(x; a mean_k, M_k)) up to the common normaliser; solved = M^-1 y, denoised = D_k.
  double part(const MixturePart& p, const RowQuery& q, double* y, double* solved, double* denoised,
              double* scratch) const {
    for (int i = 0; i < d_; ++i) y[i] = q.x[i] - q.a * p.mean[i];
    const double log_normal = p.covariance->solve(q.a, q.s, y, solved, denoised, scratch);
    for (int i = 0; i < d_; ++i) denoised[i] += p.mean[i];
    return std::log(p.weight) + log_normal;
  }

  void one(const RowQuery& q, RowAnswer& answer) const {
    std::vector<double> work(static_cast<std::size_t>(3) * d_ + scratch_);
    double *y = work.data(), *values = y + d_, *scratch = values + 2 * d_;
    RunningMean mean(2 * d_);
    for (const MixturePart& p : parts_)
      if (takes(p, q.label)) mean.add(part(p, q, y, values, values + d_, scratch), values);
    const double* m = mean.finish();
    for (int i = 0; i < d_; ++i) {
      if (answer.score != nullptr) answer.score[i] = -m[i];
      if (answer.denoised != nullptr) answer.denoised[i] = m[d_ + i];
    }
    answer.log_density = normalised(mean.log_sum(), q.label);
  }

  /// All weights first, then only the parts whose weight is not below e^-60 of the largest one: less cannot
  /// be seen in a double. A part serves all rows in turn, while its numbers are near; rows do not mix.
  void in_halves(std::span<const RowQuery> queries, std::span<RowAnswer> answers) const {
    const std::size_t rows = queries.size(), parts = parts_.size(), d = static_cast<std::size_t>(d_);
    std::vector<double> work(d * (1 + 2 * rows) + scratch_), kept(rows * parts * kept_),
        weight(rows * parts, -std::numeric_limits<double>::infinity()), log_sum(rows);
    double *y = work.data(), *sums = y + d, *scratch = sums + 2 * d * rows;
    const auto centred = [&](const RowQuery& q, const MixturePart& p) {
      for (int i = 0; i < d_; ++i) y[i] = q.x[i] - q.a * p.mean[i];
    };
    for (std::size_t k = 0; k < parts; ++k)
      for (std::size_t r = 0; r < rows; ++r) {
        const MixturePart& p = parts_[k];
        if (!takes(p, queries[r].label) || p.weight == 0) continue;
        centred(queries[r], p);
        weight[r * parts + k] =
            std::log(p.weight) +
            p.covariance->weigh(queries[r].a, queries[r].s, y, &kept[(r * parts + k) * kept_], scratch);
      }
    for (std::size_t r = 0; r < rows; ++r) {
      double *w = &weight[r * parts], sum = 0;
      const double most = *std::max_element(w, w + parts);
      for (std::size_t k = 0; k < parts; ++k) {
        w[k] = w[k] < most - 60 ? 0 : std::exp(w[k] - most);
        sum += w[k];
      }
      for (std::size_t k = 0; k < parts; ++k) w[k] /= sum;
      log_sum[r] = most + std::log(sum);
    }
    for (std::size_t k = 0; k < parts; ++k)
      for (std::size_t r = 0; r < rows; ++r) {
        const double share = weight[r * parts + k];
        if (share == 0) continue;
        const MixturePart& p = parts_[k];
        double *score = sums + 2 * d * r, *denoised = score + d;
        centred(queries[r], p);
        p.covariance->add(queries[r].a, queries[r].s, share, y, &kept[(r * parts + k) * kept_], score,
                          denoised);
        for (int i = 0; i < d_; ++i) denoised[i] += share * p.mean[i];
      }
    for (std::size_t r = 0; r < rows; ++r) {
      const double* score = sums + 2 * d * r;
      if (answers[r].score != nullptr) std::copy(score, score + d, answers[r].score);
      if (answers[r].denoised != nullptr) std::copy(score + d, score + 2 * d, answers[r].denoised);
      answers[r].log_density = normalised(log_sum[r], queries[r].label);
    }
  }
  double normalised(double log_sum, int label) const {
    return log_sum - std::log(total(label)) - 0.5 * d_ * std::log(2 * std::numbers::pi);
  }

  std::vector<MixturePart> parts_;
  std::vector<double> class_weight_;  // of all, then of each class
  int d_ = 0, scratch_ = 0, kept_ = 0;
  bool smooth_ = true, halves_ = true;
  double flops_ = 0;
};

}  // namespace

DensityPtr make_mixture(std::vector<MixturePart> parts) {
  const char* place = "mixture";
  if (parts.empty()) fail(ErrorKind::option, place, "at least one part is needed");
  const std::size_t d = parts.front().mean.size();
  if (d == 0) fail(ErrorKind::option, place, "means[0] is empty");
  double sum = 0;
  int most = -1;
  for (std::size_t k = 0; k < parts.size(); ++k) {
    const MixturePart& p = parts[k];
    if (!(p.weight >= 0 && std::isfinite(p.weight)))
      fail(ErrorKind::option, place, "weights[{}] = {} is not finite and at least 0", k, p.weight);
    if (p.mean.size() != d)
      fail(ErrorKind::option, place, "means[{}] has {} numbers, means[0] has {}", k, p.mean.size(), d);
    for (std::size_t i = 0; i < d; ++i)
      if (!std::isfinite(p.mean[i])) fail(ErrorKind::option, place, "means[{}][{}] is {}", k, i, p.mean[i]);
    if (!p.covariance || p.covariance->dimension() != static_cast<int>(d))
      fail(ErrorKind::option, place, "the covariance of part {} has dimension {}, its mean {}", k,
           p.covariance ? p.covariance->dimension() : 0, d);
    if ((p.label < 0) != (parts.front().label < 0))
      fail(ErrorKind::option, place, "labels[{}] is missing", k);
    most = std::max(most, p.label);
    sum += p.weight;
  }
  if (!(sum > 0 && std::isfinite(sum)))
    fail(ErrorKind::option, place, "the weights sum to {}, not to a number above 0", sum);
  if (most >= static_cast<int>(parts.size()))
    fail(ErrorKind::option, place, "label {} is too large: {} parts make at most {} classes", most,
         parts.size(), parts.size());
  for (int label = 0; label <= most; ++label) {
    double weight = 0;
    for (const MixturePart& p : parts) weight += p.label == label ? p.weight : 0;
    if (!(weight > 0))
      fail(ErrorKind::option, place, "class {} has no weight; labels run from 0 without gaps", label);
  }
  return std::make_shared<Mixture>(std::move(parts));
}

}  // namespace ulam
