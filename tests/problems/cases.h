#pragma once
// The problems and paths that the tests of this room run over.
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include "ulam/base/error.h"
#include "ulam/path/betas.h"
#include "ulam/problems/read_problem.h"

namespace ulam {

inline ProblemPtr from_text(const char* text) {
  return problem_from_json(nlohmann::json::parse(text), "test.json", "");
}

/// One of every kind, small enough for brute force.
inline std::vector<ProblemPtr> all_problems() {
  return {
      from_text(R"({"problem": "tp1", "path": "edm"})"),
      from_text(
          R"({"problem": "gaussian", "mean": [0.5, -1, 2], "variances": [0.3, 1, 0.05], "name": "diagonal"})"),
      from_text(
          R"({"problem": "gaussian", "mean": [0.5, -1], "covariance": [[1, 0.6], [0.6, 0.5]], "name": "full"})"),
      from_text(R"({"problem": "gaussian", "mean": [0, 1, 2], "variances": [0.1, 0.2, 0.3],
                        "factors": [[1, 0], [0.5, -1], [0.2, 0.3]], "name": "low rank"})"),
      from_text(R"({"problem": "mixture", "weights": [1, 3], "means": [[-1, 0], [1, 0.5]],
                        "covariances": [[[0.3, 0.1], [0.1, 0.2]], [[0.1, 0], [0, 0.4]]], "labels": [0, 1]})"),
      from_text(R"({"problem": "mixture", "means": [[-1, 0], [1, 0.5]], "variances": [[0.1, 0.2], [0.3, 0.1]],
                        "name": "diagonal mixture"})"),
      from_text(R"({"problem": "ring", "components": 150, "width": 0.1})"),
      from_text(R"({"problem": "swissroll", "components": 200, "width": 0.05})"),
      from_text(R"({"problem": "clusters", "components": 3, "channels": 1, "side": 2, "rank": 2, "shape": [4]})"),
      from_text(R"({"problem": "checkerboard"})"),
      from_text(R"({"problem": "checkerboard", "cells": 3, "half": 1, "name": "odd checkerboard"})")};
}

/// Paths with a noise level of about 0.3 .. 0.8 at the given time.
inline std::vector<std::pair<Path, double>> some_times() {
  return {{Path::edm(), 0.4},   {Path::vp(), 0.2},  {Path::cosine(), 0.4},
          {Path::flow(2), 0.3}, {Path::ve(), 0.45}, {Path::discrete(scaled_linear_betas(1000), true), 300.5}};
}

inline at::Tensor times(double t, std::int64_t rows) { return at::full({rows}, t, at::kDouble); }

/// Rows spread over the data of a problem at time t: exact samples.
inline at::Tensor rows_of(const Problem& p, double t, int count, std::uint64_t seed = 1) {
  std::vector<std::uint64_t> ids(count);
  for (int i = 0; i < count; ++i) ids[i] = i;
  return p.sample_at(t, ids, seed);
}

inline double largest(const at::Tensor& difference) { return difference.abs().max().item<double>(); }

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
