#include "ulam/problems/problem.h"

#include <cmath>

#include <ATen/core/grad_mode.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/kernels/normal.h"
#include "ulam/problems/rows.h"

namespace ulam {
namespace {

std::string text(at::IntArrayRef shape) {
  std::string s = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) s += (i ? ", " : "") + std::to_string(shape[i]);
  return s + "]";
}

void check_rows(const ModelInfo& info, const at::Tensor& x) {
  if (!x.defined()) fail(ErrorKind::shape, info.name, "x is not defined");
  if (!x.device().is_cpu())
    fail(ErrorKind::unsupported, info.name, "exact problems run on the CPU, x is on {}", x.device().str());
  if (x.scalar_type() != info.dtype)
    fail(ErrorKind::shape, info.name, "x has dtype {}, this problem runs in {}",
         c10::toString(x.scalar_type()), c10::toString(info.dtype));
  if (x.dim() < 1 || x.sizes().slice(1) != at::IntArrayRef(info.shape))
    fail(ErrorKind::shape, info.name, "x has shape {}, rows of shape {} are needed", text(x.sizes()),
         text(info.shape));
}

std::vector<int> labels_of(const ModelInfo& info, const Conditions& conditions, std::int64_t rows) {
  std::vector<int> labels(rows, -1);
  for (const auto& [name, value] : conditions) {
    if (name == "centre" && info.path.has_centre()) continue;
    if (name != "label" || info.conditions.empty())
      fail(ErrorKind::unsupported, info.name, "condition \"{}\" is unknown; {}", name,
           info.conditions.empty() ? "this problem has none" : "valid: label");
    const int classes = info.conditions[0].classes;
    if (!value.defined() || value.dim() != 1 || value.size(0) != rows || value.scalar_type() != at::kLong ||
        !value.device().is_cpu())
      fail(ErrorKind::shape, info.name, "condition \"label\" must be int64 [{}] on the CPU", rows);
    const at::Tensor given = value.contiguous();
    for (std::int64_t r = 0; r < rows; ++r) {
      const std::int64_t label = given.data_ptr<std::int64_t>()[r];
      if (label < 0 || label > classes)
        fail(ErrorKind::option, info.name, "label {} of row {} is outside 0 .. {} ({} = none)", label, r,
             classes, classes);
      labels[r] = label == classes ? -1 : static_cast<int>(label);
    }
  }
  return labels;
}

/// Marginals and scalars of the rows; `head` null leaves D as it is.
RowPlan plan_rows(const ModelInfo& info, const at::Tensor& x, const at::Tensor& t,
                  const Conditions& conditions, const Head* head) {
  check_rows(info, x);
  const std::int64_t rows = x.size(0);
  if (!t.defined() || t.scalar_type() != at::kDouble || t.dim() != 1 || t.size(0) != rows ||
      !t.device().is_cpu())
    fail(ErrorKind::shape, info.name, "t must be double [{}] on the CPU", rows);
  const at::Tensor times = t.contiguous();
  const double* time = times.data_ptr<double>();
  RowPlan plan;
  plan.label = labels_of(info, conditions, rows);
  for (std::int64_t r = 0; r < rows; ++r) {
    if (r > 0 && time[r] == time[r - 1]) {
      plan.marginal.push_back(plan.marginal.back());
      plan.affine.push_back(plan.affine.back());
      continue;
    }
    plan.marginal.push_back(info.path.at(time[r]));
    plan.affine.push_back(head == nullptr ? Affine{} : from_data(*head, plan.marginal.back()));
  }
  return plan;
}

/// The condition "centre" in double.
at::Tensor centre_rows(const ModelInfo& info, const at::Tensor& x, const Conditions& conditions) {
  const auto found = conditions.find("centre");
  if (found == conditions.end() || !found->second.defined())
    fail(ErrorKind::option, info.name,
         "the path has a centre, so the condition \"centre\" is needed: rows like x, {}", text(x.sizes()));
  const at::Tensor& centre = found->second;
  if (centre.sizes() != x.sizes() || !centre.is_floating_point() || !centre.device().is_cpu())
    fail(ErrorKind::shape, info.name, "the condition \"centre\" is {} {}, real rows like x, {}, are needed",
         c10::toString(centre.scalar_type()), text(centre.sizes()), text(x.sizes()));
  return centre.to(at::kDouble);
}

[[noreturn]] void no_density(const ModelInfo& info) {
  fail(ErrorKind::unsupported, info.name,
       "log densities and scores are not offered on a path with a centre; valid: forward, denoise, sample");
}

void check_class(const ModelInfo& info, const Density& density, int label) {
  if (label >= 0 && label >= density.classes())
    fail(ErrorKind::option, info.name, "class {} is unknown, this problem has {}", label, density.classes());
}

bool wants_gradient(const at::Tensor& x) { return x.requires_grad() && at::GradMode::is_enabled(); }

at::Tensor flat(const at::Tensor& x, std::int64_t d) { return x.contiguous().reshape({x.size(0), d}); }

at::Tensor answer(const DensityPtr& density, const RowPlan& plan, const at::Tensor& x) {
  const at::Tensor rows = flat(x, density->dimension());
  return (wants_gradient(x) ? answer_rows_differentiable(density, plan, rows)
                            : answer_rows(*density, plan, rows))
      .reshape(x.sizes());
}

}  // namespace

Problem::Problem(DensityPtr density, ProblemSettings settings)
    : density_(std::move(density)), settings_(std::move(settings)) {
  const std::int64_t d = density_->dimension();
  if (settings_.shape.empty()) settings_.shape = {d};
  std::int64_t product = 1;
  for (std::int64_t extent : settings_.shape) {
    if (extent < 1 || extent > d) product = -1;
    if (product > 0) product = product * extent > d ? -1 : product * extent;
  }
  if (product != d)
    fail(ErrorKind::option, settings_.name, "shape {} does not hold {} numbers", text(settings_.shape), d);
  if (settings_.dtype != at::kDouble && settings_.dtype != at::kFloat)
    fail(ErrorKind::option, settings_.name, "dtype {} is not offered; valid: float64, float32",
         c10::toString(settings_.dtype));
  if (!(settings_.centre_noise >= 0 && std::isfinite(settings_.centre_noise)))
    fail(ErrorKind::option, settings_.name, "centre_noise = {} is not finite and at least 0",
         settings_.centre_noise);
  if (!(settings_.head.sigma_data > 0 && std::isfinite(settings_.head.sigma_data)))
    fail(ErrorKind::option, settings_.name, "sigma_data = {} is not finite and above 0",
         settings_.head.sigma_data);
  info_.name = settings_.name;
  info_.path = settings_.path;
  info_.head = settings_.head;
  info_.shape = settings_.shape;
  info_.dtype = settings_.dtype;
  info_.data_low = settings_.data_low;
  info_.data_high = settings_.data_high;
  info_.exact = true;
  info_.flops_per_row = density_->flops();
  std::string identity =
      fmt::format("{} {} {} {} {}", settings_.hash, settings_.path.json().dump(),
                  name_of(settings_.head.kind), settings_.head.sigma_data, c10::toString(settings_.dtype));
  if (settings_.path.has_centre()) identity += fmt::format(" centre {}", settings_.centre_noise);
  info_.hash = hash_bytes(identity);
  if (density_->classes() > 0) info_.conditions = {{"label", density_->classes(), true, {}}};
}

ProblemPtr Problem::make(DensityPtr density, ProblemSettings settings) {
  if (!density) fail(ErrorKind::option, settings.name, "no density given");
  return std::make_shared<Problem>(std::move(density), std::move(settings));
}

at::Tensor Problem::forward(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions,
                            Call& call) const {
  if (!call.perturbations.empty())
    fail(ErrorKind::unsupported, info_.name, "an exact problem has no module \"{}\" to perturb",
         call.perturbations[0].module);
  if (!call.wanted_taps.empty())
    fail(ErrorKind::unsupported, info_.name, "an exact problem has no activation \"{}\" to tap",
         call.wanted_taps[0]);
  if (info_.path.has_centre()) return centred(x, t, conditions, &info_.head);
  return answer(density_, plan_rows(info_, x, t, conditions, &info_.head), x);
}

at::Tensor Problem::denoise(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions) const {
  if (info_.path.has_centre()) return centred(x, t, conditions, nullptr);
  return answer(density_, plan_rows(info_, x, t, conditions, nullptr), x);
}

at::Tensor Problem::centred(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions,
                            const Head* head) const {
  RowPlan plan = plan_rows(info_, x, t, conditions, nullptr);
  const at::Tensor centre = centre_rows(info_, x, conditions), wide_x = x.to(at::kDouble);
  const std::int64_t rows = x.size(0);
  // The observation of x0 that x and mu amount to, of_x x + of_mu mu; then prediction = back_x y + back_d
  // D_y.
  const at::Tensor scalars = at::empty({4, rows}, at::kDouble);
  double *of_x = scalars.data_ptr<double>(), *of_mu = of_x + rows, *back_x = of_mu + rows,
         *back_d = back_x + rows;
  const double w2 = settings_.centre_noise * settings_.centre_noise;
  for (std::int64_t r = 0; r < rows; ++r) {
    Marginal& m = plan.marginal[r];
    const Affine back = head == nullptr ? Affine{} : from_data(*head, m);
    back_x[r] = back.of_x, back_d[r] = back.of_p;
    of_x[r] = 1;
    of_mu[r] = m.a - 1;
    if (w2 > 0 && m.s > 0) {
      const double sum = m.a * m.a * w2 + m.s * m.s;
      of_x[r] = m.a * w2 / sum;
      of_mu[r] = (m.s * m.s - m.a * w2 * (1 - m.a)) / sum;
      m.s *= std::sqrt(w2 / sum);
      m.a = 1;
    }
  }
  std::vector<std::int64_t> shape(static_cast<std::size_t>(x.dim()), 1);
  shape[0] = rows;
  const auto row = [&](std::int64_t i) { return scalars[i].view(shape); };
  at::Tensor result = answer(density_, plan, wide_x * row(0) + centre * row(1));
  if (head != nullptr && head->kind != Prediction::data)
    result = (wide_x - centre) * row(2) + (result - centre) * row(3);
  return result.to(info_.dtype);
}

at::Tensor Problem::log_density(const at::Tensor& x, const at::Tensor& t,
                                const Conditions& conditions) const {
  if (info_.path.has_centre()) no_density(info_);
  const RowPlan plan = plan_rows(info_, x, t, conditions, nullptr);
  const at::Tensor rows = flat(x, dimension());
  return wants_gradient(x) ? log_density_rows_differentiable(density_, plan, rows)
                           : log_density_rows(*density_, plan, rows);
}

at::Tensor Problem::score(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions) const {
  if (info_.path.has_centre()) no_density(info_);
  const RowPlan plan = plan_rows(info_, x, t, conditions, nullptr);
  return score_rows(*density_, plan, flat(x.detach(), dimension())).reshape(x.sizes());
}

at::Tensor Problem::sample(std::span<const std::uint64_t> ids, std::uint64_t seed,
                           const Conditions& conditions) const {
  const std::int64_t rows = static_cast<std::int64_t>(ids.size()), d = dimension();
  const std::vector<int> labels = labels_of(info_, conditions, rows);
  const Key key = make_key(seed, Stream::data);
  at::Tensor result = at::empty({rows, d}, at::kDouble);
  for (std::int64_t r = 0; r < rows; ++r)
    density_->sample({key, ids[r], 0}, labels[r], result.data_ptr<double>() + r * d);
  std::vector<std::int64_t> shape = {rows};
  shape.insert(shape.end(), info_.shape.begin(), info_.shape.end());
  return result.to(info_.dtype).reshape(shape);
}

at::Tensor Problem::sample_at(double t, std::span<const std::uint64_t> ids, std::uint64_t seed,
                              const Conditions& conditions) const {
  const Marginal m = info_.path.at(t);
  at::Tensor x = sample(ids, seed, conditions).to(at::kDouble);
  const std::int64_t rows = static_cast<std::int64_t>(ids.size()), d = dimension();
  const Key key = make_key(seed, Stream::data);
  std::vector<double> z(d);
  constexpr std::uint32_t kNoiseDraw = 2;  // after the two draws of Density::sample
  for (std::int64_t r = 0; r < rows; ++r) {
    kernels::fill_normal({key, ids[r], kNoiseDraw}, 0, std::span<double>(z));
    double* row = x.data_ptr<double>() + r * d;
    for (std::int64_t i = 0; i < d; ++i) row[i] = m.a * row[i] + m.s * z[i];
  }
  if (info_.path.has_centre()) x = x + (1 - m.a) * centre_rows(info_, x, conditions);
  return x.to(info_.dtype);
}

at::Tensor Problem::mean(int label) const {
  check_class(info_, *density_, label);
  at::Tensor result = at::empty({dimension()}, at::kDouble);
  density_->moments(label, result.data_ptr<double>(), nullptr);
  return result.reshape(info_.shape);
}

at::Tensor Problem::covariance(int label) const {
  check_class(info_, *density_, label);
  at::Tensor result = at::empty({dimension(), dimension()}, at::kDouble);
  density_->moments(label, nullptr, result.data_ptr<double>());
  return result;
}

ProblemPtr Problem::with_path(const Path& path) const {
  ProblemSettings s = settings_;
  s.path = path;
  return make(density_, std::move(s));
}

ProblemPtr Problem::with_head(const Head& head) const {
  ProblemSettings s = settings_;
  s.head = head;
  return make(density_, std::move(s));
}

ProblemPtr Problem::with_dtype(at::ScalarType dtype) const {
  ProblemSettings s = settings_;
  s.dtype = dtype;
  return make(density_, std::move(s));
}

}  // namespace ulam
