#include "ulam/measure/assignment.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>

// LEMON without its library: the templates alone.
#define LEMON_ONLY_TEMPLATES
#include <lemon/network_simplex.h>
#include <lemon/smart_graph.h>

namespace ulam {
namespace {

constexpr double steps_of_largest = 17592186044416.;  // 2^44: potentials stay below 2^44 * 4096 = 2^56

using Graph = lemon::SmartDigraph;
using Simplex = lemon::NetworkSimplex<Graph, int, long>;

Graph::Node node(std::int64_t id) { return Graph::nodeFromId(static_cast<int>(id)); }

double largest(const std::vector<double>& costs) {
  double most = 0;
  for (const double c : costs) {
    if (!std::isfinite(c) || c < 0)
      throw std::invalid_argument("transport: a cost is negative or not finite");
    most = std::max(most, c);
  }
  return most;
}

}  // namespace

Transport solve_transport(const std::vector<double>& costs, std::int64_t rows, std::int64_t columns) {
  if (rows < 1 || columns < 1 || rows > transport_limit || columns > transport_limit)
    throw std::invalid_argument("transport: " + std::to_string(rows) + " against " + std::to_string(columns) +
                                " points; 1 to " + std::to_string(transport_limit) + " a side are valid");
  if (static_cast<std::int64_t>(costs.size()) != rows * columns)
    throw std::invalid_argument("transport: " + std::to_string(costs.size()) + " costs for " +
                                std::to_string(rows) + " x " + std::to_string(columns) + " pairs");
  const double most = largest(costs);
  const double scale = most > 0 ? steps_of_largest / most : 1;
  // Whole weights: columns/g a row, rows/g a column.
  const std::int64_t common = std::gcd(rows, columns);
  const int from_row = static_cast<int>(columns / common), to_column = static_cast<int>(rows / common);

  Graph graph;
  graph.reserveNode(static_cast<int>(rows + columns));
  graph.reserveArc(static_cast<int>(rows * columns));
  for (std::int64_t i = 0; i < rows + columns; ++i) graph.addNode();
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) graph.addArc(node(i), node(rows + j));
  Graph::ArcMap<long> whole(graph);
  for (std::size_t e = 0; e < costs.size(); ++e)
    whole[Graph::arcFromId(static_cast<int>(e))] = std::lround(costs[e] * scale);
  Graph::NodeMap<int> supply(graph);
  for (std::int64_t i = 0; i < rows; ++i) supply[node(i)] = from_row;
  for (std::int64_t j = 0; j < columns; ++j) supply[node(rows + j)] = -to_column;

  Simplex simplex(graph);
  simplex.costMap(whole).supplyMap(supply);
  if (simplex.run() != Simplex::OPTIMAL) throw std::logic_error("transport: the simplex found no optimum");

  Transport out;
  const double unit = 1. / (static_cast<double>(rows) * from_row);
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) {
      const auto e = static_cast<std::size_t>(i * columns + j);
      const int flow = simplex.flow(Graph::arcFromId(static_cast<int>(e)));
      if (flow == 0) continue;
      out.flows.push_back({i, j, flow * unit});
      out.cost += flow * unit * costs[e];
    }
  // LEMON's reduced cost is cost + potential(source) - potential(target) >= 0.
  const long base = simplex.potential(node(0));
  for (std::int64_t i = 0; i < rows; ++i)
    out.first.push_back(static_cast<double>(base - simplex.potential(node(i))) / scale);
  for (std::int64_t j = 0; j < columns; ++j)
    out.second.push_back(static_cast<double>(simplex.potential(node(rows + j)) - base) / scale);
  return out;
}

}  // namespace ulam
