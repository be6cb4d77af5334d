#pragma once
// One step of a recipe as moves.
#include <span>

#include "ulam/draw/plan.h"

namespace ulam {

/// Registers that live across steps, by what the recipe needs; -1 = none.
struct Memory {
  int base = -1;      // what a corrector starts from: the linear part of the step before, with its noise
  int velocity = -1;  // of heavy ball
  bool on_corrector = false;  // which it then acts on
  int noise = -1;             // eps of the evaluation before, or of the first one
  int shift = -1;             // what dualfast added to the direction, for the corrector
  int kept = -1;              // x at the start of an adaptive step, until it is accepted
  int low = -1;               // its embedded solution of one order less
  int scale = -1;             // that of the step before; moves leave it alone
  int count = 0;
};
Memory memory_of(const Recipe& recipe);

/// The moves of one step, times and recipe as expand() gives them. See compile_step().
std::vector<Move> step_moves(const Recipe& recipe, const Path& path, const Head& head, int step,
                             const StepTimes& times, std::span<const double> nodes);

}  // namespace ulam
