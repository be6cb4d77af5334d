#pragma once
// The stepping loop: evaluate, one fused pass, next.
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "ulam/base/key.h"
#include "ulam/draw/plan.h"
#include "ulam/draw/process.h"
#include "ulam/draw/row_times.h"
#include "ulam/guide/field.h"

namespace ulam {

struct Group;

struct SolverOptions {
  std::uint64_t seed = 0;
  /// Plain out-of-place tensor operations that autograd can follow, instead of the fused pass in place. Same
  /// to a few ulp.
  bool differentiable = false;
  std::uint32_t first_draw =
      0;  // noise of step i has draw first_draw + i: stages of one draw take disjoint ranges
};

/// A plan and a field as a process. Step noise: (seed, Stream::step), id = row id, draw = step. Start noise:
/// (seed, Stream::start), draw 0, times s at the first time. Thread-safe.
///
/// Where the plan says so (Plan::own), rows take steps at times of their own, set between the steps from what
/// each row is. A level then counts a step, or an attempt at one; finished rows go to the last level at once.
/// Moves for other times than the plan's are compiled as they are needed and at most `most_compiled` are
/// kept.
class SolverProcess final : public Process {
 public:
  /// Throws Error(option) when the plan is for another path or head than the field's model.
  SolverProcess(Plan plan, Field field, SolverOptions options = {});
  static constexpr std::size_t most_compiled = 4096;
  ~SolverProcess() override;

  State start(std::span<const std::uint64_t> ids, const Conditions& conditions = {}) const override;
  /// A start from given rows at any level: x is the state at plan.times[level] as it stands, taken over
  /// without a copy.
  State start_from(at::Tensor x, std::span<const std::uint64_t> ids, const Conditions& conditions = {},
                   int level = 0) const;
  int levels() const override { return plan_.levels(); }
  void step(State& state, Ledger& ledger, const Watch& watch) const override;
  at::Tensor peek(State& state, Ledger& ledger, const Watch& watch) const override;
  std::int64_t evaluations_left(int level) const override;
  bool has_log_density(int level) const override;
  at::Tensor log_density(const State& before, const at::Tensor& after) const override;

  const Plan& plan() const { return plan_; }
  const Field& field() const { return field_; }
  const SolverOptions& options() const { return options_; }

 private:
  struct Scratch;
  using VariantPtr = std::shared_ptr<const Variant>;
  VariantPtr moves_for(int step, const StepTimes& times, const std::vector<double>& nodes) const;
  void split(State& state, Scratch& scratch) const;
  void evaluate(Scratch& scratch, std::size_t move, Ledger& ledger, const Watch& watch) const;
  void finish(State& state, Scratch& scratch) const;
  void ask_together(const std::vector<Group*>& groups, std::size_t move, Context context, Ledger& ledger,
                    const Watch& watch) const;
  at::Tensor ask_ahead(State& state, const at::Tensor& time,
                       const std::vector<std::vector<std::string>>& left_out, const Context& context,
                       Ledger& ledger, const Watch& watch) const;
  Plan plan_;
  Field field_;
  SolverOptions options_;
  mutable std::mutex mutex_;
  std::shared_ptr<const RowTimes> row_times_;  // none: the plan's times rule
  mutable std::map<std::vector<double>, VariantPtr> compiled_;
  mutable std::vector<std::unique_ptr<Scratch>> idle_;
};

/// Steps all rows to the end. Between steps: reports progress in evaluations ("drawing"; the total is what
/// the open rows can still cost) and looks at watch.cancel. Returns false when cancelled; the state then
/// stands at a step boundary and can go on later.
bool run(const Process& process, State& state, Ledger& ledger, const Watch& watch);

/// Evaluations of one row of a draw by plan and field, guidance terms included, from `level`: exact, or the
/// most that a row can cost where rows have times of their own.
std::int64_t evaluations(const Plan& plan, const Field& field, int level = 0);

/// z of the start: rows of standard normals keyed (seed, stream), id, draw; shape of one row given.
at::Tensor keyed_normal(std::uint64_t seed, Stream stream, std::span<const std::uint64_t> ids,
                        std::uint32_t draw, std::span<const std::int64_t> shape, at::ScalarType dtype);

}  // namespace ulam
