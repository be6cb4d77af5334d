// Draws from a small mixture through an installed Ulam: must print "foreign: ok".
#include <cmath>
#include <cstdio>

#include <ATen/ATen.h>

#include "ulam/base/version.h"
#include "ulam/draw/draw.h"
#include "ulam/problems/mixture.h"
#include "ulam/problems/problem.h"

int main() {
  const ulam::CovariancePtr narrow = ulam::diagonal_covariance({0.01, 0.01});
  const auto mixture = ulam::make_mixture({{0.5, {-2, 0}, narrow, -1}, {0.5, {2, 0}, narrow, -1}});
  ulam::DrawRequest request{ulam::Field(ulam::Problem::make(mixture, {}))};
  request.solver = "heun";
  request.steps = 30;
  request.count = 256;
  const ulam::DrawResult result = ulam::draw(request);
  // Every sample lies at one of the two centres, and both are visited.
  const at::Tensor first = result.samples.select(1, 0);
  const bool near = ((first.abs() - 2).abs() < 0.6).all().item<bool>();
  const double share = (first > 0).to(at::kDouble).mean().item<double>();
  if (result.samples.size(0) != 256 || !near || std::abs(share - 0.5) > 0.2) {
    std::printf("foreign: samples are not of the mixture (share %g)\n", share);
    return 1;
  }
  std::printf("foreign: ok, ulam %s, %lld evaluations\n", ulam::version,
              static_cast<long long>(result.spent.evaluations));
  return 0;
}
