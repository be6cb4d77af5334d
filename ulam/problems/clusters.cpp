#include "ulam/problems/clusters.h"

#include <cmath>
#include <numbers>
#include <span>

#include "ulam/base/error.h"
#include "ulam/base/key.h"
#include "ulam/kernels/normal.h"
#include "ulam/problems/mixture.h"

namespace ulam {
namespace {

constexpr int modes = 8;

// A random picture of cosine modes with the root mean square `size`.
std::vector<double> smooth_picture(const ClusterSettings& settings, const RowKey& key, double size) {
  const int side = settings.side, channels = settings.channels;
  std::vector<double> factors(static_cast<std::size_t>(channels * modes * modes));
  kernels::fill_normal(key, 0, std::span<double>(factors));
  std::vector<double> wave(static_cast<std::size_t>(modes * side));  // [mode, place]
  for (int u = 0; u < modes; ++u)
    for (int i = 0; i < side; ++i)
      wave[static_cast<std::size_t>(u * side + i)] = std::cos(std::numbers::pi * u * (i + 0.5) / side);
  std::vector<double> out;
  out.reserve(static_cast<std::size_t>(channels * side * side));
  double squares = 0;
  for (int c = 0; c < channels; ++c)
    for (int i = 0; i < side; ++i)
      for (int j = 0; j < side; ++j) {
        double sum = 0;
        for (int u = 0; u < modes; ++u)
          for (int v = 0; v < modes; ++v)
            sum += factors[static_cast<std::size_t>((c * modes + u) * modes + v)] / (1 + u * u + v * v) *
                   wave[static_cast<std::size_t>(u * side + i)] *
                   wave[static_cast<std::size_t>(v * side + j)];
        out.push_back(sum);
        squares += sum * sum;
      }
  const double scale = size / std::sqrt(squares / static_cast<double>(out.size()));
  for (double& x : out) x *= scale;
  return out;
}

}  // namespace

DensityPtr make_clusters(const ClusterSettings& settings) {
  if (settings.components < 1 || settings.channels < 1 || settings.side < 1 || settings.rank < 1)
    fail(ErrorKind::option, "clusters",
         "components, channels, side and rank are {}, {}, {}, {}; all must be above 0", settings.components,
         settings.channels, settings.side, settings.rank);
  if (!(settings.width > 0)) fail(ErrorKind::option, "clusters", "width = {} is not above 0", settings.width);
  const Key key = make_key(settings.seed, Stream::data);
  std::vector<MixturePart> parts;
  for (int k = 0; k < settings.components; ++k) {
    const auto picture = [&](int draw, double size) {
      return smooth_picture(settings, {key, static_cast<std::uint64_t>(k), static_cast<std::uint32_t>(draw)},
                            size);
    };
    MixturePart& part = parts.emplace_back();
    part.mean = picture(0, 0.5);
    const std::size_t d = part.mean.size(), rank = static_cast<std::size_t>(settings.rank);
    std::vector<double> factors(d * rank);
    for (std::size_t r = 0; r < rank; ++r) {
      const std::vector<double> direction =
          picture(static_cast<int>(r) + 1, 0.3 / static_cast<double>(r + 1));
      for (std::size_t i = 0; i < d; ++i) factors[i * rank + r] = direction[i];
    }
    part.covariance = low_rank_covariance(std::vector<double>(d, settings.width * settings.width),
                                          settings.rank, std::move(factors));
  }
  return make_mixture(std::move(parts));
}

}  // namespace ulam
