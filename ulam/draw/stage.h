#pragma once
// A draw as a list of stages joined by transfers: cascades, bottlenecks, img2img, teleported starts are
// lists.
#include <optional>
#include <vector>

#include "ulam/draw/loop.h"

namespace ulam {

/// What happens to the finished samples of the stage before (or to a given picture) on the way in. In this
/// order: resize, keep a prefix, renoise to the entry level.
struct Transfer {
  std::vector<std::int64_t>
      resize;  // spatial sizes of the new stage (bilinear, align_corners = false); empty = as they are
  std::int64_t keep = 0;  // keep only the first `keep` rows; 0 = all
  bool renoise = true;    // x = a x0 + s z at the entry level, z keyed (seed, Stream::transfer), draw = stage
};

struct Stage {
  Plan plan;
  Field field;
  int entry = 0;                     // level of the plan at which the stage begins
  std::optional<Transfer> transfer;  // none: a start from noise (first stage only)
};

struct StagesOptions {
  std::uint64_t seed = 0;
  bool differentiable = false;
};

/// Runs the stages in order. `start`: the first stage's x (already scaled, when it has no transfer) or
/// picture (when it has one); undefined = keyed noise. One stage without transfer is bit-equal to run() on a
/// SolverProcess. Returns the final state, or nothing when cancelled. Throws Error(option) for a list that
/// does not join.
std::optional<State> run_stages(const std::vector<Stage>& stages, std::span<const std::uint64_t> ids,
                                const Conditions& conditions, const at::Tensor& start,
                                const StagesOptions& options, Ledger& ledger, const Watch& watch);
/// Evaluations of one row through all stages.
std::int64_t evaluations(const std::vector<Stage>& stages);

}  // namespace ulam
