#pragma once
// A model's own draws as a data set: what it learns from when it is to learn about its own faults.
#include <cstdint>
#include <string>

#include "ulam/base/progress.h"
#include "ulam/draw/draw.h"

namespace ulam {

struct OwnDrawsRequest {
  DrawRequest draw;      // model, solver, grid, steps, seed, count, first_id; ids and conditions are set here
  std::string file;      // .npz to write
  bool restart = false;  // ignore what the file holds
  std::int64_t piece = 0;  // draws between two writings of the file; 0 = a sixteenth of all, at least 64
};

struct OwnDraws {
  std::int64_t rows = 0;         // in the file
  std::int64_t found = 0;        // of them there before
  std::int64_t evaluations = 0;  // spent now
  bool finished = false;         // false when cancelled; the same request goes on
};

/// Draws samples first_id .. first_id + count - 1, their labels 0, 1, ... in turn where the model has
/// classes, and keeps them in a data set that read_dataset() reads: "images" f32 [rows, ...] in the model's
/// range, not rounded, and "labels". The file is written anew after every piece, atomically, with what it was
/// drawn by; a request of the same model, plan and seed goes on where it ends, and one for fewer rows takes
/// the first of them. Throws Error(option) where the file holds other draws, Error(unsupported) for a model
/// with conditions other than labels, and what draw() throws.
OwnDraws own_draws(const OwnDrawsRequest& request, const Watch& watch);

}  // namespace ulam
