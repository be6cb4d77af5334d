#pragma once
// A recipe on a grid, compiled to a table of numbers: the only thing the stepping loop reads.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "ulam/draw/recipe.h"
#include "ulam/path/prediction.h"

namespace ulam {

/// One output row of a move: target = sum_i of[i] * column[i] + noise * z. All rows of a move read the
/// columns as they were before it and share one z. A row that is exactly one column times 1 adopts that
/// tensor without a copy.
struct Row {
  enum class To { x, history, memory };
  To to = To::x;
  int index = 0;  // register, for memory
  std::vector<double> of;
  double noise = 0;
  friend bool operator==(const Row&, const Row&) = default;
};

/// At most one model evaluation at (x, time), then one small matrix. Columns: x, history newest first (as
/// many as the variant has nodes), registers (memory, then scratch), and last, where the model is evaluated,
/// its answer as it came.
struct Move {
  std::optional<double> time;  // none: no evaluation
  std::vector<Row> rows;       // at most one to x, at most one to history, at most one to each register
  std::vector<std::string> left_out{};  // modules that the network leaves out of this evaluation
  friend bool operator==(const Move&, const Move&) = default;
};

/// The moves of a step for one number of history entries and their node times.
struct Variant {
  std::vector<double> nodes;  // times of the history entries used, newest first
  std::vector<Move> moves;    // empty: the plan has no row for this count
  friend bool operator==(const Variant&, const Variant&) = default;
};

struct PlanStep {
  std::vector<Variant> variants;  // index = history entries available, 0 .. plan.history
  friend bool operator==(const PlanStep&, const PlanStep&) = default;
};

struct Plan {
  std::string solver;      // for people; not part of the hash
  std::string grid;        // likewise
  std::string provenance;  // likewise: a JSON object that says where tuned numbers come from, or ""
  Path path = Path::edm();
  Head head;
  std::vector<double> times;    // N + 1 levels, noise to data
  int history = 0;              // entries a state keeps
  int memory = 0;               // registers that live across steps
  int scratch = 0;              // registers that live within a step
  std::vector<PlanStep> steps;  // N
  OwnTimes own;                 // rows may leave `times`; then the steps below are those of rows that do not
  std::vector<double> asked_times;  // the grid, where own times rule and the recipe made other times of it
  std::optional<Recipe> recipe;     // to compile rows for other nodes; absent in plans read from files

  int levels() const { return static_cast<int>(steps.size()); }
  /// The variant of a step for rows with `count` history entries (more than plan.history counts as
  /// plan.history). Throws Error(option) when the plan has no row for it.
  const Variant& variant(int step, int count) const;
};

/// Compiles; the times are checked against the path. The plan has as many steps as the grid has intervals,
/// fewer where the recipe joins them. Cost: microseconds a step. Throws Error(option | numeric) naming the
/// step: a grid that does not fall, a prediction that has no limit where the step starts.
Plan compile_plan(const Recipe& recipe, const std::vector<double>& grid, const Path& path, const Head& head);
/// The moves of one step of an expanded recipe for any times and history at any `nodes` (newest first; at
/// most recipe.history() are used).
Variant compile_step(const Recipe& recipe, const Path& path, const Head& head, int step,
                     const StepTimes& times, std::span<const double> nodes);
/// make_recipe + make_grid + compile_plan. `grid` "": the recipe's, else the path's standard.
Plan make_plan(const std::string& solver, const std::string& grid, int steps, const Path& path,
               const Head& head);

/// Model evaluations of one row from level `from` (history as the plan itself builds it): exact; the most
/// that a row can cost where steps are adaptive.
std::int64_t evaluations(const Plan& plan, int from = 0);
/// Whether some step adds noise.
bool stochastic(const Plan& plan);

/// Canonical JSON (sorted keys, shortest round-trip numbers): plan_from_json(plan_json(p)) has p's hash.
nlohmann::json plan_json(const Plan& plan);
/// Strict: unknown keys, wrong sizes, NaN, a grid that does not fall, registers out of range are refused
/// before anything runs, with the place: "plan: step 3, row 1: 4 coefficients given, 3 needed". Where rows
/// have times of their own, the recipe is made again from the file's solver and must give the file's numbers.
/// Throws Error(option).
Plan plan_from_json(const nlohmann::json& j, const std::string& place = "plan");
/// The same from text; a JSON syntax error is a sentence too.
Plan parse_plan(const std::string& text, const std::string& place = "plan");
/// Refuses a plan whose path or head is not the model's. Throws Error(option) naming both.
void check_plan_for(const Plan& plan, const Path& path, const Head& head, const std::string& place = "plan");
/// 64-bit hash of the numbers (not of the names).
std::uint64_t plan_hash(const Plan& plan);
/// A table for people: levels with time, a, s, half-log-SNR; per move its time, matrix and noise; cost; hash.
std::string format_plan(const Plan& plan);

}  // namespace ulam
