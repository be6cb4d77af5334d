#include "ulam/measure/chains.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace {

constexpr const char* chains_place = "chains";

/// Checked, as [chains, draws, dimensions] double.
at::Tensor checked(const at::Tensor& chains) {
  if (!chains.defined() || chains.dim() < 2 || chains.dim() > 3 || chains.numel() == 0)
    fail(ErrorKind::shape, chains_place,
         "chains are [chains, draws] or [chains, draws, dimensions]; {} is given",
         chains.defined() ? shape_text(chains.sizes()) : "nothing");
  if (chains.size(1) < 8)
    fail(ErrorKind::option, chains_place, "{} draws a chain; at least 8 are needed", chains.size(1));
  const at::Tensor x = (chains.dim() == 2 ? chains.unsqueeze(2) : chains).to(at::kDouble).contiguous();
  const at::Tensor wrong = at::isfinite(x).all(2, false).logical_not();
  if (wrong.any().item<bool>()) {
    const auto first = wrong.flatten().to(at::kByte).argmax().item<std::int64_t>();
    fail(ErrorKind::numeric, chains_place, "draw {} of chain {} holds NaN or infinity", first % x.size(1),
         first / x.size(1));
  }
  return x;
}

at::Tensor one_dimension(const at::Tensor& chains) {
  const at::Tensor x = checked(chains);
  if (x.size(2) != 1)
    fail(ErrorKind::shape, chains_place, "one dimension at a time, [chains, draws]; {} is given",
         shape_text(chains.sizes()));
  return x.select(2, 0);
}

/// [chains, draws] -> [chains * parts, draws / parts]; what is left over is dropped from the middle for two
/// parts, from the end for more.
at::Tensor cut(const at::Tensor& x, std::int64_t parts) {
  const std::int64_t piece = x.size(1) / parts;
  std::vector<at::Tensor> pieces;
  for (std::int64_t p = 0; p < parts; ++p) {
    const std::int64_t first = parts == 2 && p == 1 ? x.size(1) - piece : p * piece;
    pieces.push_back(x.narrow(1, first, piece));
  }
  return at::stack(pieces, 1).reshape({x.size(0) * parts, piece});
}

struct Variances {
  double within, pooled;
};
Variances variances(const at::Tensor& segments) {
  const auto n = static_cast<double>(segments.size(1));
  const double within = segments.var(1, true).mean().item<double>();
  const double between = segments.size(0) > 1 ? segments.mean(1).var(0, true).item<double>() : 0;
  return {within, within * (n - 1) / n + between};
}

/// Mean over segments of the autocovariances at lags 0 .. n - 1, divided by n.
std::vector<double> autocovariances(const at::Tensor& segments) {
  const std::int64_t n = segments.size(1);
  std::int64_t padded = 1;
  while (padded < 2 * n) padded *= 2;
  const at::Tensor spectrum = at::fft_rfft(segments - segments.mean(1, true), padded, 1);
  const at::Tensor power = at::real(spectrum * at::conj(spectrum)).mean(0);
  const at::Tensor sums = at::fft_irfft(power.to(at::kComplexDouble), padded, 0).narrow(0, 0, n).contiguous();
  std::vector<double> out(sums.data_ptr<double>(), sums.data_ptr<double>() + n);
  for (double& v : out) v /= static_cast<double>(n);
  return out;
}

void refuse_constant(double variance, const at::Tensor& x) {
  const double scale = x.abs().max().item<double>();
  if (!(variance > 1e-28 * scale * scale))
    fail(ErrorKind::numeric, chains_place,
         "all draws are equal; a chain that never moves has no autocorrelation");
}

/// Normal scores of any [a, b].
at::Tensor scores(const at::Tensor& x) {
  const at::Tensor flat = x.contiguous().flatten();
  const auto n = static_cast<std::size_t>(flat.numel());
  const double* values = flat.data_ptr<double>();
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return values[i] < values[j]; });
  at::Tensor ranks = at::empty({flat.numel()}, at::kDouble);
  for (std::size_t i = 0; i < n;) {
    std::size_t end = i + 1;
    while (end < n && values[order[end]] == values[order[i]]) ++end;
    const double rank = static_cast<double>(i + 1 + end) / 2;
    for (; i < end; ++i) ranks.data_ptr<double>()[order[i]] = rank;
  }
  const at::Tensor level = (ranks - .375) / (static_cast<double>(n) + .25);
  return (std::sqrt(2.) * at::erfinv(2 * level - 1)).reshape(x.sizes());
}

double rhat_of_segments(const at::Tensor& segments, bool ranked) {
  const auto ratio = [](const at::Tensor& s) {
    const Variances v = variances(s);
    return v.within > 0 ? std::sqrt(v.pooled / v.within) : std::numeric_limits<double>::infinity();
  };
  if (!ranked) return ratio(segments);
  const at::Tensor folded = (segments - segments.flatten().median()).abs();
  return std::max(ratio(scores(segments)), ratio(scores(folded)));
}

/// Standard error over segments by leaving out groups of them, at most 32 groups.
double jackknife(const at::Tensor& segments, bool ranked) {
  const std::int64_t m = segments.size(0), groups = std::min<std::int64_t>(m, 32);
  std::vector<double> values;
  for (std::int64_t g = 0; g < groups; ++g) {
    std::vector<std::int64_t> kept;
    for (std::int64_t s = 0; s < m; ++s)
      if (s % groups != g) kept.push_back(s);
    values.push_back(rhat_of_segments(segments.index_select(0, at::tensor(kept, at::kLong)), ranked));
  }
  double mean = 0, squares = 0;
  for (const double v : values) mean += v / static_cast<double>(groups);
  for (const double v : values) squares += (v - mean) * (v - mean);
  return std::sqrt(squares * static_cast<double>(groups - 1) / static_cast<double>(groups));
}

double relative_error(const EffectiveSize& e, std::int64_t draws) {
  return std::sqrt(2. * (2. * static_cast<double>(e.window) + 1) / static_cast<double>(draws));
}

std::string of_dimension(std::int64_t dimension, std::int64_t dimensions, const char* which) {
  return dimensions > 1 ? fmt::format("{} of {} dimensions: number {}; ", which, dimensions, dimension) : "";
}

}  // namespace

at::Tensor rank_normalised(const at::Tensor& chains) { return scores(one_dimension(chains)); }

EffectiveSize effective_size(const at::Tensor& chains) {
  const at::Tensor segments = cut(one_dimension(chains), 2);
  const Variances v = variances(segments);
  refuse_constant(v.pooled, segments);
  const std::vector<double> covariance = autocovariances(segments);
  const auto n = static_cast<long>(covariance.size());
  const auto rho = [&](long lag) {
    return lag == 0 ? 1. : 1 - (v.within - covariance[static_cast<std::size_t>(lag)]) / v.pooled;
  };
  EffectiveSize out;
  double sum = 0, last = std::numeric_limits<double>::infinity(), tail = 0;
  for (long lag = 0; lag + 1 < n; lag += 2) {
    const double pair = rho(lag) + rho(lag + 1);
    if (pair <= 0) {
      tail = std::max(0., rho(lag));  // the even lag alone lowers the bias of antithetic chains
      break;
    }
    last = std::min(last, pair);
    sum += last;
    out.window = lag + 1;
  }
  const auto total = static_cast<double>(segments.numel());
  out.time = std::max(2 * sum - 1 + tail, 1 / std::log10(total));
  out.size = total / out.time;
  return out;
}

double split_rhat(const at::Tensor& chains, bool ranked) {
  const at::Tensor segments = cut(one_dimension(chains), 2);
  refuse_constant(variances(segments).pooled, segments);
  return rhat_of_segments(segments, ranked);
}

Figure chain_ess(const at::Tensor& chains) {
  const at::Tensor x = checked(chains);
  Figure f;
  f.name = "ess";
  f.value = std::numeric_limits<double>::infinity();
  f.error_by = "Madras-Sokal window";
  f.rows = x.size(0) * x.size(1);
  for (std::int64_t d = 0; d < x.size(2); ++d) {
    const EffectiveSize e = effective_size(rank_normalised(x.select(2, d)));
    if (e.size >= f.value) continue;
    f.value = e.size;
    f.error = e.size * relative_error(e, f.rows);
    f.note = fmt::format("{}autocorrelation time {:.3g} draws; 100 a chain is the usual least",
                         of_dimension(d, x.size(2), "smallest"), e.time);
  }
  return f;
}

Figure chain_rhat(const at::Tensor& chains, bool ranked) {
  const at::Tensor x = checked(chains);
  Figure f;
  f.name = "rhat";
  f.value = -1;
  f.error_by = x.size(0) > 1 ? "jackknife over half chains" : "jackknife over quarters of the chain";
  f.rows = x.size(0) * x.size(1);
  std::int64_t worst = 0;
  for (std::int64_t d = 0; d < x.size(2); ++d) {
    const double value = split_rhat(x.select(2, d), ranked);
    if (!(value > f.value)) continue;
    f.value = value;
    worst = d;
  }
  f.error = jackknife(cut(x.select(2, worst), x.size(0) > 1 ? 2 : 4), ranked);
  f.note =
      of_dimension(worst, x.size(2), "largest") + "1 when the chains agree, below 1.01 is the usual demand";
  return f;
}

Figure chain_mcse(const at::Tensor& chains) {
  const at::Tensor x = checked(chains);
  Figure f;
  f.name = "mcse";
  f.value = -1;
  f.error_by = "Madras-Sokal window";
  f.rows = x.size(0) * x.size(1);
  for (std::int64_t d = 0; d < x.size(2); ++d) {
    const at::Tensor one = x.select(2, d);
    const EffectiveSize e = effective_size(one);
    const double value = one.std(true).item<double>() / std::sqrt(e.size);
    if (value <= f.value) continue;
    f.value = value;
    f.error = value * relative_error(e, f.rows) / 2;
    f.note = fmt::format("{}standard error of the mean {:.6g}", of_dimension(d, x.size(2), "largest"),
                         one.mean().item<double>());
  }
  return f;
}

}  // namespace ulam
