#include "ulam/draw/row_figures.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "ulam/base/error.h"

namespace ulam {
namespace {

constexpr std::size_t lanes = 8;

// Eight interleaved sums, added in order: the same bits for a row in any company.
template <typename F>
double sum(std::size_t n, const F& term) {
  double part[lanes] = {};
  const std::size_t whole = n / lanes * lanes;
  for (std::size_t i = 0; i < whole; i += lanes)
    for (std::size_t k = 0; k < lanes; ++k) part[k] += term(i + k);
  for (std::size_t i = whole; i < n; ++i) part[i - whole] += term(i);
  double out = 0;
  for (const double p : part) out += p;
  return out;
}

template <typename T>
double variance(const T* x, std::size_t n) {
  const double mean = sum(n, [&](std::size_t i) { return double(x[i]); }) / double(n);
  return sum(n, [&](std::size_t i) { return (double(x[i]) - mean) * (double(x[i]) - mean); }) / double(n - 1);
}

template <typename T>
double error(const T* a, const T* b, const T* before, std::size_t n, double atol, double rtol) {
  const double squares = sum(n, [&](std::size_t i) {
    const double size = std::max(std::abs(double(b[i])), std::abs(double(before[i])));
    const double e = (double(a[i]) - double(b[i])) / std::max(atol, rtol * size);
    return e * e;
  });
  return std::sqrt(squares / double(n));
}

std::size_t row_size(const at::Tensor& x) {
  return x.size(0) > 0 ? static_cast<std::size_t>(x.numel() / x.size(0)) : 0;
}

}  // namespace

std::vector<double> row_variances(const at::Tensor& given) {
  const at::Tensor x = given.detach().contiguous();
  const std::size_t n = row_size(x);
  std::vector<double> out(static_cast<std::size_t>(x.size(0)));
  if (!out.empty() && n < 2)
    fail(ErrorKind::unsupported, "draw", "a row of {} number has no variance to read a time from", n);
  for (std::size_t r = 0; r < out.size(); ++r)
    out[r] = x.scalar_type() == at::kFloat ? variance(x.data_ptr<float>() + r * n, n)
                                           : variance(x.data_ptr<double>() + r * n, n);
  return out;
}

std::vector<double> row_errors(const at::Tensor& given, const at::Tensor& other, const at::Tensor& old,
                               double atol, double rtol) {
  const at::Tensor a = given.detach().contiguous(), b = other.detach().contiguous(),
                   before = old.detach().contiguous();
  const std::size_t n = row_size(a);
  std::vector<double> out(static_cast<std::size_t>(a.size(0)));
  for (std::size_t r = 0; r < out.size(); ++r)
    out[r] = a.scalar_type() == at::kFloat ? error(a.data_ptr<float>() + r * n, b.data_ptr<float>() + r * n,
                                                   before.data_ptr<float>() + r * n, n, atol, rtol)
                                           : error(a.data_ptr<double>() + r * n, b.data_ptr<double>() + r * n,
                                                   before.data_ptr<double>() + r * n, n, atol, rtol);
  return out;
}

}  // namespace ulam
