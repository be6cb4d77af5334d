#include "ulam/problems/series.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/base/key.h"
#include "ulam/kernels/normal.h"

namespace ulam {
namespace {

constexpr double turn = 2 * std::numbers::pi;
using Line = std::vector<double>;

/// The random numbers of one row, in the order in which they are asked for.
class Chance {
 public:
  explicit Chance(RowKey key) : key_(key), normal_{key.key, key.id, key.draw + 1} {}
  double uniform(double low = 0, double high = 1) {
    return low + (high - low) * random_uniform(key_, used_++);
  }
  double log_uniform(double low, double high) { return low * std::pow(high / low, uniform()); }
  bool happens(double probability) { return uniform() < probability; }
  int below(int n) { return static_cast<int>(random_below(key_, used_++, static_cast<std::uint32_t>(n))); }
  Line normals(std::size_t n) {
    Line out(n);
    kernels::fill_normal(normal_, normals_, std::span<double>(out));
    normals_ += (n + 3) / 4 * 4;
    return out;
  }

 private:
  RowKey key_, normal_;
  std::uint64_t used_ = 0, normals_ = 0;
};

void unit(Line& y) {
  double mean = 0, square = 0;
  for (const double v : y) mean += v / static_cast<double>(y.size());
  for (const double v : y) square += (v - mean) * (v - mean) / static_cast<double>(y.size());
  const double scale = square > 1e-12 ? 1 / std::sqrt(square) : 0;
  for (double& v : y) v = (v - mean) * scale;
}

void add(Line& y, const Line& other, double weight) {
  for (std::size_t i = 0; i < y.size(); ++i) y[i] += weight * other[i];
}

double some_period(Chance& c, std::size_t n) {
  constexpr double usual[] = {24, 24, 24, 24, 12, 7, 48, 168};
  const double most = static_cast<double>(n) / 2;
  const double period = c.happens(.6) ? usual[c.below(8)] : c.log_uniform(std::min(6., most), most);
  return std::min(period, static_cast<double>(n));
}

Line wave(Chance& c, std::size_t n, double period) {
  const int harmonics = 1 + c.below(5);
  const double decay = c.uniform(.3, 1.5), phase = c.uniform(0, turn);
  Line y(n, 0.0);
  for (int k = 1; k <= harmonics; ++k) {
    const double size = c.uniform(.2, 1) * std::pow(k, -decay), shift = k == 1 ? 0 : c.uniform(0, turn);
    for (std::size_t i = 0; i < n; ++i)
      y[i] += size * std::sin(k * (turn * static_cast<double>(i) / period + phase) + shift);
  }
  unit(y);
  if (c.happens(.15)) {
    const double cut = c.uniform(-.5, .5);
    for (double& v : y) v = std::max(v, cut);
    unit(y);
  }
  return y;
}

Line seasonal(Chance& c, std::size_t n) {
  const double period = some_period(c, n);
  Line y = wave(c, n, period);
  if (c.happens(.35)) add(y, wave(c, n, some_period(c, n)), c.uniform(.2, .8));
  if (c.happens(.35)) {  // periods of unequal size, as the days of a week are
    double sizes[7];
    const double spread = c.uniform(.1, .5);
    for (double& s : sizes) s = 1 + spread * c.uniform(-1, 1);
    const double low = *std::min_element(y.begin(), y.end()), start = c.uniform(0, 7);
    for (std::size_t i = 0; i < n; ++i)
      y[i] =
          low + (y[i] - low) * sizes[static_cast<std::size_t>(static_cast<double>(i) / period + start) % 7];
  }
  if (c.happens(.3)) {  // an amplitude that drifts
    const double depth = c.uniform(.1, .5), pace = turn * c.uniform(.3, 2) / static_cast<double>(n),
                 phase = c.uniform(0, turn);
    for (std::size_t i = 0; i < n; ++i) y[i] *= 1 + depth * std::sin(pace * static_cast<double>(i) + phase);
  }
  unit(y);
  add(y, c.normals(n), c.log_uniform(.01, .5));
  unit(y);
  return y;
}

Line autoregression(Chance& c, std::size_t n) {
  // Roots, so that it is stationary: a real one, and sometimes a pair.
  const double real = c.happens(.85) ? c.uniform(.3, .99) : c.uniform(-.6, .3);
  double f[3] = {real, 0, 0};
  if (c.happens(.5)) {
    const double size = c.uniform(.3, .97), angle = turn / c.log_uniform(4, 60),
                 a = 2 * size * std::cos(angle), b = -size * size;
    f[0] = real + a, f[1] = b - real * a, f[2] = -real * b;
  }
  const std::size_t warm = 200;
  const Line z = c.normals(n + warm);
  Line all(n + warm, 0.0);
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i] = z[i];
    for (std::size_t k = 0; k < 3 && k < i; ++k) all[i] += f[k] * all[i - 1 - k];
  }
  Line y(all.begin() + warm, all.end());
  if (c.happens(.2)) {
    unit(y);
    for (std::size_t i = 1; i < n; ++i) y[i] += y[i - 1];
  }
  unit(y);
  return y;
}

Line lorenz(Chance& c, std::size_t n) {
  double x[3] = {c.uniform(-8, 8), c.uniform(-8, 8), c.uniform(15, 35)};
  const double pace = c.log_uniform(.01, .08);
  constexpr int inner = 4;
  const double h = pace / inner;
  const auto slope = [](const double* p, double* d) {
    d[0] = 10 * (p[1] - p[0]), d[1] = p[0] * (28 - p[2]) - p[1], d[2] = p[0] * p[1] - 8. / 3 * p[2];
  };
  const auto advance = [&] {
    double k[4][3], at[3];
    for (int s = 0; s < 4; ++s) {
      const double share = s == 0 ? 0 : s == 3 ? h : h / 2;
      for (int i = 0; i < 3; ++i) at[i] = x[i] + (s > 0 ? share * k[s - 1][i] : 0);
      slope(at, k[s]);
    }
    for (int i = 0; i < 3; ++i) x[i] += h / 6 * (k[0][i] + 2 * k[1][i] + 2 * k[2][i] + k[3][i]);
  };
  for (int i = 0; i < 1000; ++i) advance();
  const int coordinate = c.below(3);
  Line y(n);
  for (double& v : y) {
    for (int i = 0; i < inner; ++i) advance();
    v = x[coordinate];
  }
  return y;
}

Line mackey_glass(Chance& c, std::size_t n) {
  const int stride = 1 + c.below(4);
  constexpr std::size_t delay = 17;
  Line ring(delay, 0.0);
  for (double& v : ring) v = c.uniform(.5, 1.3);
  double x = ring.back();
  std::size_t at = 0;
  const auto advance = [&] {
    const double old = ring[at];
    ring[at] = x;
    at = (at + 1) % delay;
    x += .2 * old / (1 + std::pow(old, 10)) - .1 * x;
  };
  for (int i = 0; i < 500; ++i) advance();
  Line y(n);
  for (double& v : y) {
    for (int i = 0; i < stride; ++i) advance();
    v = x;
  }
  return y;
}

Line chaotic(Chance& c, std::size_t n) {
  Line y = c.happens(.6) ? lorenz(c, n) : mackey_glass(c, n);
  unit(y);
  return y;
}

Line mixture(Chance& c, std::size_t n) {
  const double which = c.uniform();
  Line y(n, 0.0);
  if (which < .75) add(y, seasonal(c, n), 1);
  if (which >= .6 && which < .9) add(y, autoregression(c, n), which < .75 ? c.log_uniform(.1, 1) : 1);
  if (which < .3) add(y, autoregression(c, n), c.log_uniform(.05, .6));
  if (which >= .9) add(y, chaotic(c, n), 1);
  if (which >= .55 && which < .6) add(y, chaotic(c, n), c.uniform(.2, 1));
  if (c.happens(.2)) {
    const double slope = c.uniform(-2, 2) / static_cast<double>(n);
    for (std::size_t i = 0; i < n; ++i) y[i] += slope * static_cast<double>(i);
  }
  if (c.happens(.1)) {
    const std::size_t at = static_cast<std::size_t>(c.below(static_cast<int>(n)));
    const double jump = c.uniform(-2, 2);
    for (std::size_t i = at; i < n; ++i) y[i] += jump;
  }
  unit(y);
  if (c.happens(.15))
    for (double& v : y) v = std::exp(.6 * v);
  const double offset = c.happens(.5) ? c.uniform(0, 4) : 0;
  for (double& v : y) v += offset;
  return y;
}

Line sine(Chance& c, std::size_t n) {
  const double phase = c.uniform(0, turn);
  const Line z = c.normals(n);
  constexpr double f = SineSeries::coefficient;
  double noise = 0;
  Line y(n);
  for (std::size_t i = 0; i < n; ++i) {
    noise = i == 0 ? SineSeries::deviation * z[0]
                   : f * noise + SineSeries::deviation * std::sqrt(1 - f * f) * z[i];
    y[i] = SineSeries::level +
           SineSeries::amplitude * std::sin(turn * static_cast<double>(i) / SineSeries::period + phase) +
           noise;
  }
  return y;
}

}  // namespace

const std::vector<Entry>& series_kinds() {
  static const std::vector<Entry> table = {
      {"mixture",
       {},
       "a random mix of the other kinds with trends, steps in level and an offset",
       {},
       "",
       "",
       ""},
      {"seasonal", {}, "one or two periods with harmonics, unequal days and noise", {}, "", "", ""},
      {"autoregressive", {}, "autoregressions of order 1 to 3, sometimes summed up", {}, "", "", ""},
      {"chaotic", {}, "Lorenz and Mackey-Glass", {}, "Lorenz 1963; Mackey and Glass 1977", "", ""},
      {"sine", {}, "a sine of period 24 and an autoregression of order 1", {}, "", "", ""}};
  return table;
}

at::Tensor generate_series(const SeriesKind& kind, std::int64_t first, std::int64_t count,
                           std::int64_t length) {
  const std::string& name = find_entry(series_kinds(), kind.name, "series").name;
  if (length < 8 || length > 1 << 20)
    fail(ErrorKind::option, "series", "length {} is not in 8 .. {}", length, 1 << 20);
  if (count < 0 || first < 0)
    fail(ErrorKind::option, "series", "{} rows from {} were asked for", count, first);
  const auto make = name == "seasonal"         ? seasonal
                    : name == "autoregressive" ? autoregression
                    : name == "chaotic"        ? chaotic
                    : name == "sine"           ? sine
                                               : mixture;
  const auto n = static_cast<std::size_t>(length);
  at::Tensor out = at::empty({count, length}, at::kFloat);
  float* to = out.data_ptr<float>();
  for (std::int64_t r = 0; r < count; ++r) {
    Chance chance({make_key(kind.seed, Stream::data), static_cast<std::uint64_t>(first + r), 0});
    for (const double v : make(chance, n)) *to++ = static_cast<float>(v);
  }
  return out;
}

}  // namespace ulam
