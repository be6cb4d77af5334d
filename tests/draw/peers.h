#pragma once
// End points of other programs' samplers on exact problems, stored by bench/peers/golden.py, and ours from
// the same states through the same times.
#include "support.h"
#include <cmath>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "ulam/io/json.h"
#include "ulam/problems/read_problem.h"

namespace ulam::testing {

inline constexpr double kTolerance = 1e-11;  // the peers computed in double; 3e-13 is measured
inline constexpr double kNearlyClean = 1e-14;

using io::json;

inline json read_golden(const std::string& peer) {
  const std::filesystem::path folder = std::filesystem::path(__FILE__).parent_path() / "peers";
  return io::read_json((folder / (peer + ".json")).string());
}

inline at::Tensor tensor_of(const json& rows) {
  std::vector<double> all;
  for (const json& row : rows)
    for (const json& v : row) all.push_back(v.get<double>());
  const auto count = static_cast<std::int64_t>(rows.size());
  return at::tensor(all, at::kDouble).reshape({count, static_cast<std::int64_t>(all.size()) / count});
}

struct Setting {
  std::string name;
  ProblemPtr problem;
  std::vector<double> times;
  at::Tensor start;
  std::vector<at::Tensor> noise;
};
inline Setting setting_of(const std::string& name, const json& given) {
  Setting s;
  s.name = name;
  s.problem = problem_from_json(given.at("problem"), name, "");
  s.times = given.at("times").get<std::vector<double>>();
  s.start = tensor_of(given.at("start"));
  for (const json& z : given.at("noise")) s.noise.push_back(tensor_of(z));
  return s;
}

/// In coordinates x/a, with s/a for the time.
inline Setting edm_of(const Setting& s) {
  const Path& path = s.problem->info().path;
  Setting other = s;
  other.problem = s.problem->with_path(Path::edm(kNearlyClean, 1e6));
  for (double& t : other.times) t = path.rho(t);
  other.start = s.start / path.at(s.times.front()).a;
  return other;
}

/// The end of a draw by the library's own loop.
inline at::Tensor draw(const Setting& s, const Plan& plan) {
  SolverProcess process(plan, Field(s.problem));
  std::vector<std::uint64_t> ids(static_cast<std::size_t>(s.start.size(0)));
  for (std::size_t r = 0; r < ids.size(); ++r) ids[r] = r;
  State state = process.start_from(s.start.clone(), ids, {}, 0);
  Ledger ledger;
  run(process, state, ledger, Watch{});
  return state.x;
}

/// The end of a draw by the plan's table alone, with the given z for each step.
inline at::Tensor follow(const Setting& s, const Plan& plan) {
  at::Tensor x = s.start.clone();
  std::vector<at::Tensor> history, registers(static_cast<std::size_t>(plan.memory + plan.scratch));
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    at::Tensor pushed;
    for (const Move& move : plan.variant(static_cast<int>(i), static_cast<int>(history.size())).moves) {
      std::vector<at::Tensor> columns{x};
      columns.insert(columns.end(), history.begin(), history.end());
      for (const at::Tensor& r : registers) columns.push_back(r.defined() ? r : at::zeros_like(x));
      if (move.time) {
        Call call;
        columns.push_back(s.problem->forward(x, at::full({x.size(0)}, *move.time, at::kDouble), {}, call));
      }
      at::Tensor next = x;
      for (const Row& row : move.rows) {
        at::Tensor sum = s.noise.at(i) * row.noise;
        for (std::size_t k = 0; k < row.of.size(); ++k) sum = sum + columns.at(k) * row.of[k];
        if (row.to == Row::To::x) next = sum;
        if (row.to == Row::To::history) pushed = sum;
        if (row.to == Row::To::memory) registers.at(static_cast<std::size_t>(row.index)) = sum;
      }
      x = next;
    }
    if (pushed.defined()) history.insert(history.begin(), pushed);
    if (history.size() > static_cast<std::size_t>(plan.history))
      history.resize(static_cast<std::size_t>(plan.history));
  }
  return x;
}

inline double distance(const at::Tensor& a, const at::Tensor& b) {
  return ((a - b).abs() / at::clamp_min(b.abs(), 1.0)).max().item<double>();
}

inline bool starts_in_noise(const Setting& s) { return s.problem->info().path.at(s.times.front()).a == 0; }
inline bool ends_clean(const Setting& s) { return s.problem->info().path.at(s.times.back()).s == 0; }

// The blocks of diffusers' single-step solvers: the order of every evaluation's update. Ends with order 1
// (lower) or with a whole block.
inline std::vector<int> block_sizes(int steps, int order, bool lower, bool clean) {
  std::vector<int> sizes;
  if (!lower) {
    sizes.assign(static_cast<std::size_t>(steps / order), order);
  } else {
    for (int left = steps; left > 0; left -= sizes.back())
      sizes.push_back(left > order ? order : left == order ? std::max(order - 1, 1) : left);
  }
  if (clean && sizes.back() > 1) {
    --sizes.back();
    sizes.push_back(1);
  }
  return sizes;
}

}  // namespace ulam::testing
