#pragma once
// Optimal transport between two small sets of equally heavy points. Torch-free, readable as C++17.
#include <cstdint>
#include <vector>

namespace ulam {

/// The solution of a transport problem. Row i of the first set has weight 1/rows, column j 1/columns.
struct Transport {
  double cost = 0;  // sum of flow * cost at the optimum
  /// Kantorovich potentials: first[i] + second[j] <= costs[i, j], with equality where mass flows, up to the
  /// rounding below; mean(first) + mean(second) = cost. They are what the optimum changes by when a point
  /// gains weight.
  std::vector<double> first, second;
  /// Where mass flows: (row, column, weight); at most rows + columns - 1 entries, in row order.
  struct Flow {
    std::int64_t row = 0, column = 0;
    double weight = 0;
  };
  std::vector<Flow> flows;
};

/// Most points of a side: the network simplex keeps about 70 bytes a pair, 300 MB at the limit.
inline constexpr std::int64_t transport_limit = 2048;

/// Solves exactly by LEMON's network simplex (Kiraly & Kovacs 2012). `costs` is [rows, columns] in C order,
/// finite and not negative; they are rounded to the 2^-44th part of the largest, so that the simplex computes
/// in whole numbers and ends. Throws std::invalid_argument naming what does not fit. Cost: about n^2 to n^3;
/// 2 s at 2,048 points a side.
Transport solve_transport(const std::vector<double>& costs, std::int64_t rows, std::int64_t columns);

}  // namespace ulam
