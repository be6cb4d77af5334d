#pragma once
// Runs of many plans that part from a first one at some step: what they share is asked for once.
#include <cstdint>
#include <vector>

#include "ulam/draw/loop.h"

namespace ulam {

/// The first run keeps its state before every step, the model's answer included. A later plan goes on from
/// the last state that its own steps would have reached: a change in the numbers of step k of n costs n - 1 -
/// k evaluations a row in place of n, a change in the time of step k one more. (Difference quotients of all
/// numbers of a plan of n single evaluations cost a third of whole runs.)
class BranchingRun {
 public:
  BranchingRun(Field field, std::uint64_t seed, std::vector<std::uint64_t> ids, Conditions conditions);
  /// End points [rows, ...], as draw() gives them in one batch of all rows. Plans with noise run, too. Throws
  /// what SolverProcess throws; a first run that throws leaves nothing behind. Cancelled: Error(cancelled).
  at::Tensor operator()(const Plan& plan, Ledger& ledger, const Watch& watch);

 private:
  Field field_;
  std::uint64_t seed_;
  std::vector<std::uint64_t> ids_;
  Conditions conditions_;
  Plan first_;
  std::vector<State> states_;  // of the first run, one a level
};

}  // namespace ulam
