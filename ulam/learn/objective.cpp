#include "ulam/learn/objective.h"

#include <cmath>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "ulam/base/error.h"
#include "ulam/kernels/normal.h"
#include "ulam/model/network_model.h"

namespace ulam {
namespace {

// Uses of randomness of one training row, told apart by the draw number.
enum Use : std::uint32_t { noise = 0, level = 1, dropout = 2, augmentation = 3 };

RowKey row_key(const Batch& batch, std::size_t i, Use use) { return {make_key(batch.seed, Stream::train), batch.rows[i], use}; }

at::Tensor normals(const Batch& batch) {
  at::Tensor z = at::empty_like(batch.x0, at::MemoryFormat::Contiguous).to(at::kCPU);
  const auto size = static_cast<std::size_t>(z.numel() / std::max<std::int64_t>(z.size(0), 1));
  float* data = z.data_ptr<float>();
  for (std::size_t i = 0; i < batch.rows.size(); ++i) kernels::fill_normal(row_key(batch, i, noise), 0, std::span<float>(data + i * size, size));
  return z.to(batch.x0.device());
}

double level_of(const NoiseLevels& levels, const Path& path, const Batch& batch, std::size_t i) {
  const RowKey key = row_key(batch, i, level);
  if (!levels.log_normal) return path.t_data() + random_uniform(key, 0) * (path.t_noise() - path.t_data());
  double z = 0;
  kernels::fill_normal(key, 0, std::span<double>(&z, 1));
  return path.time_of_rho(std::exp(levels.log_mean + levels.log_deviation * z));
}

class Denoising final : public Objective {
 public:
  explicit Denoising(DenoisingOptions options) : options_(std::move(options)) {}

  at::Tensor loss(const Network& network, const Batch& batch) const override {
    at::Tensor t = at::empty({batch.x0.size(0)}, at::kDouble);
    for (std::size_t i = 0; i < batch.rows.size(); ++i) t.data_ptr<double>()[i] = level_of(options_.levels, options_.path, batch, i);
    Conditions conditions;
    if (network.classes() > 0) conditions["label"] = dropped_labels(network, batch);
    return square_error(network, batch, t, conditions).mean();
  }

  std::vector<LevelLoss> validate(const Network& network, const Batch& batch) const override {
    at::NoGradGuard no_grad;
    std::vector<LevelLoss> out;
    for (const double sigma : {0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 20.0}) {
      const at::Tensor t = at::full({batch.x0.size(0)}, options_.path.time_of_rho(sigma), at::kDouble);
      Conditions conditions;
      if (network.classes() > 0 && batch.labels.defined()) conditions["label"] = batch.labels;
      const at::Tensor rows = square_error(network, batch, t, conditions);
      out.push_back({fmt::format("sigma {:g}", sigma), rows.mean().item<double>(),
                     rows.std().item<double>() / std::sqrt(static_cast<double>(rows.size(0)))});
    }
    return out;
  }

 private:
  at::Tensor dropped_labels(const Network& network, const Batch& batch) const {
    if (!batch.labels.defined()) return at::full({batch.x0.size(0)}, network.classes(), at::kLong).to(batch.x0.device());
    at::Tensor labels = batch.labels.to(at::kCPU).clone();
    for (std::size_t i = 0; i < batch.rows.size(); ++i)
      if (random_uniform(row_key(batch, i, dropout), 0) < options_.class_dropout) labels.data_ptr<std::int64_t>()[i] = network.classes();
    return labels.to(batch.x0.device());
  }

  // Mean square error of each row.
  at::Tensor square_error(const Network& network, const Batch& batch, const at::Tensor& t, const Conditions& conditions) const {
    const std::size_t rows = batch.rows.size();
    std::vector<double> a(rows), s(rows), of_x(rows), of_data(rows);
    for (std::size_t i = 0; i < rows; ++i) {
      const Marginal m = options_.path.at(t.data_ptr<double>()[i]);
      const Affine target = from_data(options_.head, m);
      a[i] = m.a, s[i] = m.s, of_x[i] = target.of_x, of_data[i] = target.of_p;
    }
    at::Tensor x, target;
    {
      at::NoGradGuard no_grad;
      x = batch.x0 * per_row(a, batch.x0) + normals(batch) * per_row(s, batch.x0);
      target = x * per_row(of_x, x) + batch.x0 * per_row(of_data, x);
    }
    const ScaledInput in = scale_input(options_.path, options_.head.sigma_data, x, t);
    Call call;
    return (network.forward(in.x, in.c_noise, conditions, call) - target).square().flatten(1).mean(1);
  }

  DenoisingOptions options_;
};

class Classification final : public Objective {
 public:
  Classification(double smoothing, Head head, Path path, std::optional<NoiseLevels> levels)
      : smoothing_(smoothing), head_(head), path_(std::move(path)), levels_(levels) {}

  at::Tensor loss(const Network& network, const Batch& batch) const override {
    at::Tensor t = at::full({batch.x0.size(0)}, path_.t_data(), at::kDouble);
    if (levels_)
      for (std::size_t i = 0; i < batch.rows.size(); ++i)
        t.data_ptr<double>()[i] = level_of(*levels_, path_, batch, i);
    return at::cross_entropy_loss(logits(network, batch, t), batch.labels, {}, at::Reduction::Mean, -100,
                                  smoothing_);
  }

  std::vector<LevelLoss> validate(const Network& network, const Batch& batch) const override {
    at::NoGradGuard no_grad;
    std::vector<LevelLoss> out;
    const auto add = [&](const std::string& at_level, double time) {
      const at::Tensor l = logits(network, batch, at::full({batch.x0.size(0)}, time, at::kDouble));
      const double accuracy = l.argmax(1).eq(batch.labels).to(at::kDouble).mean().item<double>();
      const double n = static_cast<double>(l.size(0));
      const at::Tensor rows = at::cross_entropy_loss(l, batch.labels, {}, at::Reduction::None);
      out.push_back({"accuracy" + at_level, accuracy, std::sqrt(accuracy * (1 - accuracy) / n)});
      out.push_back(
          {"cross-entropy" + at_level, rows.mean().item<double>(), rows.std().item<double>() / std::sqrt(n)});
    };
    if (!levels_) add("", path_.t_data());
    if (levels_)
      for (const double sigma : {0.1, 0.5, 1.0, 2.0, 5.0})
        add(fmt::format(" at sigma {:g}", sigma), path_.time_of_rho(sigma));
    return out;
  }

 private:
  at::Tensor logits(const Network& network, const Batch& batch, const at::Tensor& t) const {
    at::Tensor x = batch.x0;
    if (levels_) {
      std::vector<double> a, s;
      for (std::size_t i = 0; i < batch.rows.size(); ++i) {
        const Marginal m = path_.at(t.data_ptr<double>()[i]);
        a.push_back(m.a), s.push_back(m.s);
      }
      at::NoGradGuard no_grad;
      x = x * per_row(a, x) + normals(batch) * per_row(s, x);
    }
    const ScaledInput in = scale_input(path_, head_.sigma_data, x, t);
    Call call;
    return network.forward(in.x, in.c_noise, {}, call);
  }

  double smoothing_;
  Head head_;
  Path path_;
  std::optional<NoiseLevels> levels_;
};

}  // namespace

std::unique_ptr<Objective> denoising_objective(const DenoisingOptions& options) { return std::make_unique<Denoising>(options); }

std::unique_ptr<Objective> classification_objective(double label_smoothing, Head head, const Path& path,
                                                    std::optional<NoiseLevels> levels) {
  return std::make_unique<Classification>(label_smoothing, head, path, levels);
}

at::Tensor augment(const Batch& batch, const std::string& how) {
  if (how == "none") return batch.x0;
  const bool flip = how.find("flip") != std::string::npos, shift = how.find("shift") != std::string::npos;
  at::Tensor out = batch.x0.clone();
  const at::Tensor padded = shift ? at::replication_pad2d(batch.x0, {2, 2, 2, 2}) : at::Tensor();
  const std::int64_t height = out.size(2), width = out.size(3);
  for (std::size_t i = 0; i < batch.rows.size(); ++i) {
    const RowKey key = row_key(batch, i, augmentation);
    const auto row = static_cast<std::int64_t>(i);
    if (shift) {
      const auto dy = static_cast<std::int64_t>(random_below(key, 0, 5)), dx = static_cast<std::int64_t>(random_below(key, 1, 5));
      out[row].copy_(padded[row].slice(1, dy, dy + height).slice(2, dx, dx + width));
    }
    if (flip && random_below(key, 2, 2) == 1) out[row].copy_(out[row].flip({2}));
  }
  return out;
}

}  // namespace ulam
