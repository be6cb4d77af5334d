#pragma once
// Everything that changes during a draw, at a step boundary. A value: fork, resample and resume are index
// operations.
#include <cstdint>
#include <span>
#include <vector>

#include <ATen/core/Tensor.h>

#include "ulam/draw/own_times.h"
#include "ulam/guide/memory.h"
#include "ulam/io/array.h"
#include "ulam/model/model.h"

namespace ulam {

struct HistoryEntry {
  at::Tensor prediction;      // [rows, ...], in the form the plan pushes
  std::vector<double> times;  // node time per row
};

/// Rows first in every tensor. Copying shares tensors; a process may write x in place only where it owns it
/// alone, so a copy is safe to keep (see clone()).
struct State {
  at::Tensor x;                       // [rows, ...]
  std::vector<HistoryEntry> history;  // newest first
  std::vector<int> count;             // per row: history entries that hold
  std::vector<at::Tensor> memory;     // registers; undefined = not yet written
  at::Tensor answer;                  // the field's prediction at (x, level); undefined = not asked yet
  std::vector<int> level;             // per row: steps done
  std::vector<std::uint64_t> ids;
  Conditions conditions;         // a row each
  TermMemory terms;              // what guidance terms left at the last accepted step
  TermMemory terms_next;         // what they leave with `answer`; empty where it is undefined
  std::vector<StepTimes> times;  // per row: of the coming step; empty = the plan's
  std::vector<std::vector<double>>
      numbers;  // [number][row]: what sets the times may remember; see RowTimes in row_times.h

  std::int64_t rows() const { return static_cast<std::int64_t>(ids.size()); }
};

/// Deep copy: shares nothing.
State clone(const State& state);
/// Rows by index, any order, repeats allowed (a repeated row keeps its id; give branches new ids with
/// child_id()).
State index_select(const State& state, std::span<const std::int64_t> rows);
/// Rows of several states of one process, in order. History and memory are padded with zeros where a state
/// has fewer, as are numbers and what terms remember; a cached answer survives only if all have one. Throws
/// Error(shape).
State concatenate(std::span<const State> states);

/// As named arrays: "x", "history.0", "history.0.times", "count", "memory.0", "answer", "level", "ids",
/// "condition.label"; where guidance terms remember "terms.0.momentum", "terms_next.0.momentum"; where rows
/// have times of their own "times.from", "times.to", "times.reached", "times.asked", "numbers.0". from_arrays
/// throws Error(shape) naming the array that is missing or does not fit.
io::ArrayFile to_arrays(const State& state);
State from_arrays(const io::ArrayFile& file);

}  // namespace ulam
