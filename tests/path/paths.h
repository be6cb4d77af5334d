#pragma once
// The paths that the tests of this room run over.
#include <cmath>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/path/betas.h"
#include "ulam/path/path.h"

namespace ulam {

inline std::vector<Path> all_paths() {
  return {Path::vp(),
          Path::vp(0, 5, 0),
          Path::cosine(),
          Path::cosine(0.008, 1e-3, 1),
          Path::cosine(0, 0, 1),
          Path::discrete(linear_betas(1000)),
          Path::discrete(scaled_linear_betas(1000), true),
          Path::discrete(cosine_betas(50)),
          Path::ve(),
          Path::edm(),
          Path::flow(),
          Path::flow(3),
          Path::mean_reverting(93),
          Path::mean_reverting(7, 2.5, 0.01, 0)};
}

/// Times over the whole path, dense at both ends, ends included.
inline std::vector<double> times_of(const Path& p) {
  const double a = p.t_data(), b = p.t_noise();
  std::vector<double> times = {a};
  for (double f : {1e-6, 1e-4, 1e-3, 0.0107, 0.1, 0.237, 0.5, 0.731, 0.9, 0.99, 0.9993, 1 - 1e-6})
    times.push_back(a + f * (b - a));
  times.push_back(b);
  return times;
}

/// The sentence of the Error that `f` throws; "" when it throws none.
template <typename F>
std::string sentence_of(F f) {
  try {
    f();
  } catch (const std::exception& e) {
    return e.what();
  }
  return "";
}

}  // namespace ulam
