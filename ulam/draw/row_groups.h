#pragma once
// Which rows of a state take the same moves.
#include <vector>

#include "ulam/draw/plan.h"
#include "ulam/draw/state.h"

namespace ulam {

/// The times of row r's coming step: its own, else the plan's. The row must stand at a level before the last.
StepTimes step_times(const State& state, const Plan& plan, std::size_t r);
/// Node times of the history that row r may use, newest first.
void nodes_of(const State& state, const Plan& plan, std::size_t r, std::vector<double>& nodes);
/// Whether rows a and b stand at one level with the same times and the same history times.
bool same_moves(const State& state, const Plan& plan, std::size_t a, std::size_t b);
/// Whether all rows do.
bool uniform(const State& state, const Plan& plan);
/// The rows in parts of the same moves; parts in the order of their first rows.
std::vector<std::vector<std::int64_t>> row_groups(const State& state, const Plan& plan);
/// Refuses states that the plan cannot step. Throws Error(shape | option) naming the row.
void check_rows(const State& state, const Plan& plan);

}  // namespace ulam
