#pragma once
// What steering sees: anything that advances a state. Solver x field is one process.
#include <cstdint>
#include <memory>
#include <span>

#include "ulam/base/ledger.h"
#include "ulam/base/progress.h"
#include "ulam/draw/state.h"

namespace ulam {

class Process {
 public:
  virtual ~Process() = default;
  /// Rows at level 0, a pure function of the ids. `conditions`: a row per id.
  virtual State start(std::span<const std::uint64_t> ids, const Conditions& conditions = {}) const = 0;
  /// Steps from start to finish; a row is done at level levels().
  virtual int levels() const = 0;
  /// Advances every row by one level; rows may stand at different levels. Uses (and clears) the cached
  /// answer. Charges the ledger. Finished rows are refused. Throws the field's errors; the state is then
  /// unspecified.
  virtual void step(State& state, Ledger& ledger, const Watch& watch) const = 0;
  /// The denoised view of every row (data space), filling state.answer, which the next step uses: peeking
  /// costs nothing extra.
  virtual at::Tensor peek(State& state, Ledger& ledger, const Watch& watch) const = 0;
  /// Evaluations one row costs from `level` to the end.
  virtual std::int64_t evaluations_left(int level) const = 0;
  /// Whether the step at `level` is a kernel with a density.
  virtual bool has_log_density(int level) const = 0;
  /// log K(after.x | before), double [rows]; `before` must hold the cached answer (peek) and stand at one
  /// level. Throws Error(unsupported) where the step has no density.
  virtual at::Tensor log_density(const State& before, const at::Tensor& after) const = 0;
};
using ProcessPtr = std::shared_ptr<const Process>;

}  // namespace ulam
