// Draws from a mixture of three normals in the plane, whose denoiser is known in closed form, and counts
// where the samples fall.
#include <array>
#include <cstdio>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/draw/draw.h"
#include "ulam/problems/read_problem.h"

int main() try {
  const auto problem = ulam::problem_from_json(nlohmann::json::parse(R"({
      "problem": "mixture", "weights": [0.5, 0.3, 0.2],
      "means": [[-1, 0], [1, 1], [1, -1]], "variances": [0.04, 0.04, 0.04],
      "path": {"kind": "edm", "sigma_min": 0.002, "sigma_max": 80}})"),
                                               "example", ".");
  ulam::DrawRequest request{ulam::Field(problem)};
  request.solver = "heun";
  request.steps = 12;
  request.count = 2000;
  request.seed = 7;
  const ulam::DrawResult result = ulam::draw(request);

  std::array<int, 3> near{};
  for (int i = 0; i < result.samples.size(0); ++i) {
    const double x = result.samples[i][0].item<double>(), y = result.samples[i][1].item<double>();
    ++near[x < 0 ? 0 : y > 0 ? 1 : 2];
  }
  std::printf("%lld samples for %lld evaluations; shares", static_cast<long long>(result.samples.size(0)),
              static_cast<long long>(result.spent.evaluations));
  for (int count : near) std::printf(" %.3f", count / 2000.);
  std::printf(" (asked: 0.5 0.3 0.2)\n");
  return near[0] > 900 && near[0] < 1100 ? 0 : 1;
} catch (const ulam::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
