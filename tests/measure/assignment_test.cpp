#include "ulam/measure/assignment.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include <gtest/gtest.h>

#include "ulam/base/key.h"

namespace ulam::assignment_test {
namespace {

std::vector<double> random_costs(std::int64_t count, std::uint64_t id) {
  std::vector<double> out(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = random_uniform({make_key(3, Stream::test), id, 0}, i) * 100;
  return out;
}

// Against all permutations: the optimum of seven points a side.
TEST(Assignment, IsTheBestOfAllPermutations) {
  constexpr std::int64_t n = 7;
  for (std::uint64_t trial = 0; trial < 10; ++trial) {
    const auto costs = random_costs(n * n, trial);
    std::vector<std::int64_t> order(n);
    std::iota(order.begin(), order.end(), 0);
    double best = 1e300;
    do {
      double sum = 0;
      for (std::int64_t i = 0; i < n; ++i)
        sum += costs[static_cast<std::size_t>(i * n + order[static_cast<std::size_t>(i)])];
      best = std::min(best, sum / n);
    } while (std::next_permutation(order.begin(), order.end()));
    EXPECT_NEAR(solve_transport(costs, n, n).cost, best, 1e-10);
  }
}

// Weak and strong duality prove any answer optimal without solving again; unequal sides split mass.
TEST(Assignment, PotentialsProveTheOptimumAndFlowsCarryAllMass) {
  for (const auto& [rows, columns] :
       {std::pair<std::int64_t, std::int64_t>{60, 60}, {40, 25}, {7, 90}, {1, 5}}) {
    const auto costs = random_costs(rows * columns, 77);
    const Transport t = solve_transport(costs, rows, columns);
    ASSERT_EQ(t.first.size(), static_cast<std::size_t>(rows));
    ASSERT_EQ(t.second.size(), static_cast<std::size_t>(columns));
    const double dual = std::accumulate(t.first.begin(), t.first.end(), 0.) / static_cast<double>(rows) +
                        std::accumulate(t.second.begin(), t.second.end(), 0.) / static_cast<double>(columns);
    EXPECT_NEAR(dual, t.cost, 1e-9);
    for (std::int64_t i = 0; i < rows; ++i)
      for (std::int64_t j = 0; j < columns; ++j)
        ASSERT_LE(t.first[static_cast<std::size_t>(i)] + t.second[static_cast<std::size_t>(j)],
                  costs[static_cast<std::size_t>(i * columns + j)] + 1e-9);
    std::vector<double> out(static_cast<std::size_t>(rows)), in(static_cast<std::size_t>(columns));
    for (const auto& f : t.flows) {
      out[static_cast<std::size_t>(f.row)] += f.weight;
      in[static_cast<std::size_t>(f.column)] += f.weight;
    }
    for (const double w : out) EXPECT_NEAR(w, 1. / static_cast<double>(rows), 1e-12);
    for (const double w : in) EXPECT_NEAR(w, 1. / static_cast<double>(columns), 1e-12);
  }
}

// Costs of 0 and costs whose scale is far from 1 survive the rounding to whole numbers.
TEST(Assignment, ScalesOfCostsDoNotMatter) {
  EXPECT_EQ(solve_transport(std::vector<double>(9, 0.), 3, 3).cost, 0);
  const auto costs = random_costs(100, 5);
  const double cost = solve_transport(costs, 10, 10).cost;
  for (const double scale : {1e-200, 1e200}) {
    std::vector<double> scaled = costs;
    for (double& c : scaled) c *= scale;
    EXPECT_NEAR(solve_transport(scaled, 10, 10).cost / scale, cost, 1e-9 * cost);
  }
}

TEST(Assignment, BadInputIsRefused) {
  EXPECT_THROW(solve_transport({1, 2, 3}, 2, 2), std::invalid_argument);
  EXPECT_THROW(solve_transport({}, 0, 2), std::invalid_argument);
  EXPECT_THROW(solve_transport({1, -1, 1, 1}, 2, 2), std::invalid_argument);
  EXPECT_THROW(solve_transport({1, std::nan(""), 1, 1}, 2, 2), std::invalid_argument);
  EXPECT_THROW(solve_transport({1}, transport_limit + 1, 1), std::invalid_argument);
}

}  // namespace
}  // namespace ulam::assignment_test
