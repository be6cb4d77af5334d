#pragma once
// The main job in one call: a model, a solver, a number of steps -> samples with their ledger.
#include <optional>
#include <string>
#include <vector>

#include "ulam/draw/adaptive.h"
#include "ulam/draw/stage.h"
#include "ulam/draw/teleport.h"

namespace ulam {

struct DrawRequest {
  explicit DrawRequest(Field f) : field(std::move(f)) {}
  Field field;
  std::string solver = "ddim";
  std::string grid;  // "" = the solver's, else the path's standard
  int steps = 18;
  std::vector<double> times;  // explicit times; when given, `grid` and `steps` are not used
  std::optional<Plan> plan;   // a finished plan; then solver, grid, steps, times are not used
  std::uint64_t seed = 0;
  std::vector<std::uint64_t> ids;  // which samples; empty = first_id, first_id + 1, ... (count of them)
  std::int64_t count = 1;
  std::uint64_t first_id = 0;
  Conditions conditions;  // a row per sample
  at::Tensor
      noise;  // foreign start state at the first time as it stands, a row per sample; undefined = keyed noise
  at::Tensor picture;        // img2img: data to renoise to level `entry`; undefined = none
  int entry = 0;             // first level of an img2img draw
  std::string start;         // "" or "noise", or "teleport...": see parse_start
  GaussianSetPtr gaussians;  // what a teleported start needs
  std::int64_t batch =
      0;  // rows that travel together; 0 = chosen (the model's preferred call size, at least 64)
  std::int64_t cap = Ledger::no_cap;  // evaluations; the draw shrinks to what it allows
  bool differentiable = false;
  Watch watch;
};

struct DrawResult {
  at::Tensor samples;              // [finished, ...]
  std::vector<std::uint64_t> ids;  // of the finished rows, in the order asked
  Spent spent;
  Plan plan;
  std::int64_t asked = 0;
  bool cancelled = false;   // watch.cancel was set: only whole chunks that finished are here
  AdaptiveReport adaptive;  // of adaptive steps; else zeros
  bool shrunk = false;      // the cap allowed fewer rows
};

/// The plan a request would run (no evaluation). Throws Error(option).
Plan plan_of(const DrawRequest& request);
/// The level at which the request's draw begins: its entry, or where a teleported start lands. Throws as
/// start_level and Error(unsupported) where statistics are missing.
int entry_of(const DrawRequest& request, const Plan& plan);
/// Draws. On a path with a centre, conditions hold "centre" (rows of the sample's shape, finite), and noise,
/// picture and samples are those of x, centre included. Rows do not depend on one another: sample 7 alone has
/// the noise bits of sample 7 of 64, and the same result where the model's info().exact holds. Throws
/// Error(option | shape | budget (not even one row) | numeric).
DrawResult draw(const DrawRequest& request);

}  // namespace ulam
