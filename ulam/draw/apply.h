#pragma once
// One move on one group of rows: the matrix applied, in two bodies.
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ulam/base/key.h"
#include "ulam/draw/plan.h"
#include "ulam/draw/state.h"

namespace ulam {

/// Tensors that nobody else holds, kept for the next output of the same shape.
class Buffers {
 public:
  Buffers() { spare_.reserve(4); }
  at::Tensor take(const at::Tensor& like);
  /// Keeps `t` if this was its last handle; at most 4 are kept.
  void give(at::Tensor&& t);

 private:
  std::vector<at::Tensor> spare_;
};

/// Whether the caller's handle is the only one on a whole plain array (so that writing into it surprises
/// nobody).
bool sole_owner(const at::Tensor& t);

/// Rows that take the same moves.
struct Group {
  State state;
  std::vector<std::int64_t> rows;  // their places in the whole state; empty = all of it
  const Variant* variant = nullptr;
  std::shared_ptr<const Variant> held;  // keeps a variant that is not the plan's
  std::vector<at::Tensor> registers;
  at::Tensor answer;
  at::Tensor pushed;      // becomes history at the end of the step
  TermMemory terms_left;  // by the step's first evaluation
};

/// Reused storage of a pass.
struct PassStorage {
  std::vector<const void*> in;
  std::vector<void*> out;
  std::vector<int> columns;
  std::vector<double> weights, noise;
  std::vector<at::Tensor> results;
  std::vector<RowKey> keys;
};

/// Column i of a move on this group: x, history newest first, registers, answer.
const at::Tensor& column(const Group& group, std::size_t i);

/// The fused body: rows that are one column times 1 adopt its tensor, the others come from one
/// kernels::fused_step, in place where the group is the sole owner. `key`, `draw`: of the noise.
void apply_fused(const Move& move, Group& group, Key key, std::uint32_t draw, Buffers& buffers,
                 PassStorage& storage);
/// The plain body: out-of-place tensor operations that autograd can follow.
void apply_plain(const Move& move, Group& group, std::uint64_t seed, std::uint32_t draw);
/// sum_i of[i] column[i] by plain tensor operations, without the noise.
at::Tensor row_mean(const Row& row, const Group& group);

}  // namespace ulam
