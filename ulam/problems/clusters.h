#pragma once
// A mixture of many smooth random pictures: exact answers in the dimension of small colour images.
#include "ulam/problems/density.h"

namespace ulam {

struct ClusterSettings {
  int components = 50;
  int channels = 3, side = 32;  // dimension = channels side^2
  int rank = 6;                 // directions in which each part varies
  double width = 0.1;           // deviation of the white part
  std::uint64_t seed = 0;
};

/// Equal parts. The mean of each and its `rank` directions are sums of the cosine modes (u, v) with u, v < 8
/// of every channel, with normal factors that fall as 1 / (1 + u^2 + v^2): the power law of natural pictures.
/// Means have root mean square 1/2, direction r has 0.3 / r, so that the data lie in about [-1, 1]. All
/// numbers are keyed by (seed, Stream::data, part). Cost a row: 50 low-rank solves, 2 components dimension
/// (rank + 4) operations. Throws Error(option) for a size below 1, or a width that is not above 0.
DensityPtr make_clusters(const ClusterSettings& settings);

}  // namespace ulam
