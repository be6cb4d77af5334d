#include "ulam/draw/apply.h"

#include <algorithm>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "ulam/base/error.h"
#include "ulam/draw/loop.h"
#include "ulam/kernels/fused.h"

namespace ulam {
namespace {

int unit_column(const Row& row) {
  if (row.noise != 0) return -1;
  int found = -1;
  for (std::size_t i = 0; i < row.of.size(); ++i) {
    if (row.of[i] == 0) continue;
    if (row.of[i] != 1 || found >= 0) return -1;
    found = static_cast<int>(i);
  }
  return found;
}

at::Tensor& target(const Row& row, Group& group) {
  switch (row.to) {
    case Row::To::x:
      return group.state.x;
    case Row::To::history:
      return group.pushed;
    case Row::To::memory:
      return group.registers[static_cast<std::size_t>(row.index)];
  }
  return group.state.x;
}

const at::Tensor& used_column(const Group& group, std::size_t i) {
  const at::Tensor& t = column(group, i);
  if (!t.defined())
    fail(ErrorKind::option, "plan", "a row reads column {} before anything was written there", i);
  return t;
}

template <typename T>
void run_pass(const PassStorage& s, std::int64_t rows, std::int64_t row_size) {
  kernels::FusedStep<T> pass;
  pass.in = {reinterpret_cast<const T* const*>(s.in.data()), s.in.size()};
  pass.out = {reinterpret_cast<T* const*>(s.out.data()), s.out.size()};
  pass.weights = s.weights;
  pass.noise_scale = s.noise;
  pass.noise = s.keys;
  pass.rows = rows;
  pass.row_size = row_size;
  kernels::fused_step(pass, at::get_num_threads());
}

void collect_columns(const Move& move, PassStorage& s) {
  s.columns.clear();
  for (std::size_t i = 0; i < move.rows.front().of.size(); ++i)
    for (const Row& row : move.rows)
      if (row.of[i] != 0 && unit_column(row) < 0) {
        s.columns.push_back(static_cast<int>(i));
        break;
      }
  if (s.columns.empty()) s.columns.push_back(0);
}

bool adopted(const Move& move, const Group& group, const at::Tensor& t) {
  for (const Row& row : move.rows) {
    const int unit = unit_column(row);
    if (unit >= 0 && column(group, static_cast<std::size_t>(unit)).is_same(t)) return true;
  }
  return false;
}

}  // namespace

bool sole_owner(const at::Tensor& t) {
  return t.defined() && t.use_count() == 1 && t.storage().use_count() == 1 && t.is_contiguous() &&
         t.storage_offset() == 0 && t.storage().nbytes() == t.nbytes() && t.device().is_cpu() &&
         !t.requires_grad();
}

at::Tensor Buffers::take(const at::Tensor& like) {
  for (std::size_t i = 0; i < spare_.size(); ++i)
    if (spare_[i].sizes() == like.sizes() && spare_[i].scalar_type() == like.scalar_type()) {
      at::Tensor t = std::move(spare_[i]);
      spare_.erase(spare_.begin() + static_cast<std::ptrdiff_t>(i));
      return t;
    }
  return at::empty(like.sizes(), like.options());
}

void Buffers::give(at::Tensor&& t) {
  at::Tensor mine = std::move(t);
  if (spare_.size() < 4 && sole_owner(mine)) spare_.push_back(std::move(mine));
}

const at::Tensor& column(const Group& group, std::size_t i) {
  const std::size_t nodes = group.variant->nodes.size();
  if (i == 0) return group.state.x;
  if (i <= nodes) return group.state.history[i - 1].prediction;
  if (i <= nodes + group.registers.size()) return group.registers[i - 1 - nodes];
  return group.answer;
}

void apply_fused(const Move& move, Group& group, Key key, std::uint32_t draw, Buffers& buffers,
                 PassStorage& s) {
  s.in.clear();
  s.out.clear();
  s.weights.clear();
  s.noise.clear();
  s.keys.clear();
  s.results.clear();
  collect_columns(move, s);
  bool noisy = false, computed = false;
  for (const Row& row : move.rows) {
    const int unit = unit_column(row);
    if (unit >= 0) {
      s.results.push_back(used_column(group, static_cast<std::size_t>(unit)));
      continue;
    }
    at::Tensor& place = target(row, group);
    const bool in_place = row.to != Row::To::history && sole_owner(place) && !adopted(move, group, place);
    s.results.push_back(in_place ? place : buffers.take(group.state.x));
    s.out.push_back(s.results.back().data_ptr());
    for (int i : s.columns) s.weights.push_back(row.of[static_cast<std::size_t>(i)]);
    s.noise.push_back(row.noise);
    noisy = noisy || row.noise != 0;
    computed = true;
  }
  if (computed) {
    for (int i : s.columns) s.in.push_back(used_column(group, static_cast<std::size_t>(i)).data_ptr());
    if (noisy)
      for (std::uint64_t id : group.state.ids) s.keys.push_back({key, id, draw});
    else
      s.noise.clear();
    const std::int64_t rows = group.state.rows();
    const std::int64_t row_size = rows > 0 ? group.state.x.numel() / rows : 0;
    if (group.state.x.scalar_type() == at::kFloat)
      run_pass<float>(s, rows, row_size);
    else
      run_pass<double>(s, rows, row_size);
  }
  for (std::size_t r = 0; r < move.rows.size(); ++r) {
    at::Tensor& place = target(move.rows[r], group);
    at::Tensor old = std::move(place);
    place = std::move(s.results[r]);
    buffers.give(std::move(old));
  }
  s.results.clear();
  buffers.give(std::move(group.answer));
}

at::Tensor row_mean(const Row& row, const Group& group) {
  const int unit = unit_column(row);
  if (unit >= 0) return used_column(group, static_cast<std::size_t>(unit));
  at::Tensor sum;
  for (std::size_t i = 0; i < row.of.size(); ++i) {
    if (row.of[i] == 0) continue;
    at::Tensor term = used_column(group, i) * row.of[i];
    sum = sum.defined() ? sum + term : term;
  }
  return sum.defined() ? sum : at::zeros_like(group.state.x);
}

void apply_plain(const Move& move, Group& group, std::uint64_t seed, std::uint32_t draw) {
  at::Tensor z;
  std::vector<at::Tensor> results;
  for (const Row& row : move.rows) {
    at::Tensor value = row_mean(row, group);
    if (row.noise != 0) {
      if (!z.defined())
        z = keyed_normal(
            seed, Stream::step, group.state.ids, draw,
            {group.state.x.sizes().data() + 1, static_cast<std::size_t>(group.state.x.dim() - 1)},
            group.state.x.scalar_type());
      value = value + z * row.noise;
    }
    results.push_back(std::move(value));
  }
  for (std::size_t r = 0; r < move.rows.size(); ++r) target(move.rows[r], group) = results[r];
  group.answer = at::Tensor();
}

}  // namespace ulam
