#include "ulam/model/gaussian.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/base/key.h"
#include "ulam/kernels/tile.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace {

constexpr const char* gaussian_place = "Gaussian statistics";

std::span<const double> numbers(const at::Tensor& t) {
  return {t.data_ptr<double>(), static_cast<std::size_t>(t.numel())};
}
std::span<double> room(const at::Tensor& t) {
  return {t.data_ptr<double>(), static_cast<std::size_t>(t.numel())};
}

/// rest y + U' diag(gain - rest) U y for the rows y.
at::Tensor scaled(const Gaussian& g, const at::Tensor& y, const at::Tensor& gain, double rest) {
  const at::Tensor over = gain - rest;
  if (g.rank() == 0) return y * rest;
  if (y.requires_grad()) return y * rest + at::matmul(at::matmul(y, g.vectors.t()) * over, g.vectors);
  const std::int64_t rows = y.size(0), d = g.dimension(), r = g.rank();
  at::Tensor inner = at::empty({rows, r}, at::kDouble), out = at::empty({rows, d}, at::kDouble);
  kernels::matmul_rows_transposed<double>(numbers(y), numbers(g.vectors), rows, d, r, room(inner));
  inner.mul_(over);
  kernels::matmul_rows<double>(numbers(inner), numbers(g.vectors), rows, r, d, room(out));
  return out.add_(y, rest);
}

void check(const Gaussian& g, const at::Tensor& x) {
  if (x.dim() < 1 || (x.scalar_type() != at::kFloat && x.scalar_type() != at::kDouble))
    fail(ErrorKind::shape, gaussian_place, "rows of float or double needed");
  if (x.size(0) > 0 && x.numel() / x.size(0) != g.dimension())
    fail(ErrorKind::shape, gaussian_place, "they are of rows with {} numbers, the shape given is {}",
         g.dimension(), shape_text(x.sizes()));
}

at::Tensor flat(const Gaussian& g, const at::Tensor& x) {
  return x.to(at::kDouble).reshape({x.size(0), g.dimension()});
}

/// gain(variance) for all kept directions.
template <typename Gain>
at::Tensor gains(const Gaussian& g, const Gain& gain) {
  at::Tensor out = at::empty({g.rank()}, at::kDouble);
  std::transform(numbers(g.values).begin(), numbers(g.values).end(), room(out).begin(), gain);
  return out;
}

/// work(gaussian, rows of x) for every class among the rows, put together in the order of x.
template <typename Work>
at::Tensor by_class(const GaussianSet& set, const at::Tensor& x, const Conditions& conditions,
                    const Work& work) {
  const auto found = conditions.find("label");
  if (set.classes.empty() || found == conditions.end()) return work(set.all, x);
  const at::Tensor labels = found->second.to(at::kLong).to(at::kCPU).contiguous();
  if (labels.dim() != 1 || labels.size(0) != x.size(0))
    fail(ErrorKind::shape, gaussian_place, "{} labels of shape {} for {} rows", labels.numel(),
         shape_text(labels.sizes()), x.size(0));
  const std::int64_t* label = labels.data_ptr<std::int64_t>();
  std::map<const Gaussian*, std::vector<std::int64_t>> parts;
  for (std::int64_t r = 0; r < x.size(0); ++r) parts[&set.of(label[r])].push_back(r);
  if (parts.size() == 1) return work(*parts.begin()->first, x);
  std::vector<at::Tensor> done;
  std::vector<std::int64_t> back(static_cast<std::size_t>(x.size(0)));
  std::int64_t next = 0;
  for (auto& [gaussian, rows] : parts) {
    for (const std::int64_t r : rows) back[static_cast<std::size_t>(r)] = next++;
    const at::Tensor index = at::from_blob(rows.data(), {static_cast<std::int64_t>(rows.size())}, at::kLong);
    done.push_back(work(*gaussian, x.index_select(0, index.clone())));
  }
  if (done.empty()) return x.clone();
  const at::Tensor order = at::from_blob(back.data(), {x.size(0)}, at::kLong).clone();
  return at::cat(done).index_select(0, order);
}

}  // namespace

double Gaussian::variance() const {
  return values.sum().item<double>() + rest * static_cast<double>(dimension() - rank());
}

Gaussian make_gaussian(const at::Tensor& mean, const at::Tensor& covariance, std::int64_t rank,
                       double least) {
  const std::int64_t d = mean.numel();
  if (mean.dim() != 1 || covariance.sizes() != at::IntArrayRef({d, d}) || d < 1)
    fail(ErrorKind::shape, gaussian_place,
         "a mean [d] and a covariance [d, d] needed, the shapes are {} and {}", shape_text(mean.sizes()),
         shape_text(covariance.sizes()));
  if (rank < 0) fail(ErrorKind::option, gaussian_place, "rank {} is negative", rank);
  const at::Tensor c = covariance.to(at::kDouble);
  if (!at::isfinite(mean).all().item<bool>() || !at::isfinite(c).all().item<bool>())
    fail(ErrorKind::numeric, gaussian_place, "mean or covariance hold NaN or infinity");
  auto [values, vectors] = at::linalg_eigh(c, "L");
  values = values.clamp_min(0).flip(0).contiguous();
  std::int64_t kept = std::min(rank, d);
  while (kept > 0 && values[kept - 1].item<double>() < least) --kept;
  Gaussian out;
  out.mean = mean.to(at::kDouble).contiguous().clone();
  out.values = values.narrow(0, 0, kept).clone();
  out.vectors = vectors.t().flip(0).narrow(0, 0, kept).contiguous();
  if (kept < d) out.rest = values.narrow(0, kept, d - kept).mean().item<double>();
  return out;
}

at::Tensor denoise(const Gaussian& g, const at::Tensor& x, const Marginal& m) {
  check(g, x);
  if (m.s == 0) return x / m.a;
  const auto gain = [&](double v) { return m.a * v / (m.a * m.a * v + m.s * m.s); };
  const at::Tensor y = flat(g, x) - g.mean * m.a;
  return (scaled(g, y, gains(g, gain), gain(g.rest)) + g.mean).reshape(x.sizes()).to(x.scalar_type());
}

at::Tensor teleport(const Gaussian& g, const at::Tensor& x, const Marginal& from, const Marginal& to) {
  check(g, x);
  if (!(from.s > 0))
    fail(ErrorKind::numeric, gaussian_place, "a start without noise (s = {}) cannot be moved", from.s);
  const auto gain = [&](double v) {
    const double root = std::sqrt(v);
    return std::hypot(to.s, to.a * root) / std::hypot(from.s, from.a * root);
  };
  const at::Tensor y = flat(g, x) - g.mean * from.a;
  return (scaled(g, y, gains(g, gain), gain(g.rest)) + g.mean * to.a).reshape(x.sizes()).to(x.scalar_type());
}

const Gaussian& GaussianSet::of(std::int64_t label) const {
  if (label < 0 || label >= static_cast<std::int64_t>(classes.size())) return all;
  return classes[static_cast<std::size_t>(label)];
}

at::Tensor denoise(const GaussianSet& set, const at::Tensor& x, const Marginal& m,
                   const Conditions& conditions) {
  return by_class(set, x, conditions,
                  [&](const Gaussian& g, const at::Tensor& rows) { return denoise(g, rows, m); });
}

at::Tensor teleport(const GaussianSet& set, const at::Tensor& x, const Marginal& from, const Marginal& to,
                    const Conditions& conditions) {
  return by_class(set, x, conditions,
                  [&](const Gaussian& g, const at::Tensor& rows) { return teleport(g, rows, from, to); });
}

std::uint64_t hash_of(const GaussianSet& set) {
  std::uint64_t h = hash_bytes("gaussians");
  const auto take = [&](const void* bytes, std::size_t count) {
    h = hash_bytes({static_cast<const char*>(bytes), count}, h);
  };
  const auto add = [&](const Gaussian& g) {
    for (const at::Tensor& t : {g.mean, g.vectors, g.values})
      take(t.contiguous().data_ptr(), static_cast<std::size_t>(t.numel()) * sizeof(double));
    take(&g.rest, sizeof g.rest);
  };
  add(set.all);
  for (const Gaussian& g : set.classes) add(g);
  return h;
}

}  // namespace ulam
