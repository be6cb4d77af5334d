#include "ulam/draw/state.h"

#include <algorithm>
#include <cstring>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace {

constexpr const char* state_place = "state";
constexpr int most_kept_registers = 64;  // of a plan

struct TimesField {
  const char* name;
  double StepTimes::*field;
};
constexpr TimesField times_fields[] = {{"times.from", &StepTimes::from},
                                       {"times.to", &StepTimes::to},
                                       {"times.reached", &StepTimes::reached},
                                       {"times.asked", &StepTimes::asked}};

template <typename F>
State map_tensors(const State& state, const F& f) {
  State out = state;
  const auto change = [&](at::Tensor& t) {
    if (t.defined()) t = f(t);
  };
  change(out.x);
  for (HistoryEntry& entry : out.history) change(entry.prediction);
  for (at::Tensor& t : out.memory) change(t);
  change(out.answer);
  for (auto& [name, t] : out.conditions) change(t);
  for (Remembered& r : out.terms) change(r.rows);
  for (Remembered& r : out.terms_next) change(r.rows);
  return out;
}

template <typename T>
std::vector<T> pick(const std::vector<T>& values, std::span<const std::int64_t> rows) {
  std::vector<T> out;
  out.reserve(rows.size());
  for (std::int64_t r : rows) out.push_back(values.at(static_cast<std::size_t>(r)));
  return out;
}

template <typename T>
void append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

at::Tensor cat_or_zeros(std::span<const State> states, const auto& get) {
  std::vector<at::Tensor> pieces;
  bool any = false;
  for (const State& s : states) {
    at::Tensor t = get(s);
    any = any || t.defined();
    pieces.push_back(t.defined() ? t : at::zeros_like(s.x));
  }
  return any ? at::cat(pieces) : at::Tensor();
}

/// Rows of what several states' terms remember; zeros where one has nothing under a name.
TermMemory joined(std::span<const State> states, TermMemory State::*field) {
  TermMemory out;
  for (const State& with : states)
    for (const Remembered& r : with.*field) {
      if (recall(out, r.name).defined()) continue;
      std::vector<at::Tensor> pieces;
      for (const State& s : states) {
        at::Tensor own = recall(s.*field, r.name);
        if (!own.defined()) {
          std::vector<std::int64_t> sizes = r.rows.sizes().vec();
          sizes[0] = s.rows();
          own = at::zeros(sizes, r.rows.options());
        }
        if (own.sizes().slice(1) != r.rows.sizes().slice(1) || own.scalar_type() != r.rows.scalar_type())
          fail(ErrorKind::shape, state_place,
               "what terms keep as '{}' has other shapes or dtypes in some rows", r.name);
        pieces.push_back(std::move(own));
      }
      remember(out, r.name, at::cat(pieces));
    }
  return out;
}

constexpr std::pair<const char*, TermMemory State::*> term_fields[] = {{"terms.", &State::terms},
                                                                       {"terms_next.", &State::terms_next}};

template <typename T>
io::Array array_of(const std::vector<T>& values, io::Dtype dtype) {
  io::Array a;
  a.dtype = dtype;
  a.shape = {static_cast<std::int64_t>(values.size())};
  a.bytes.resize(values.size() * sizeof(T));
  if (!values.empty()) std::memcpy(a.bytes.data(), values.data(), a.bytes.size());
  return a;
}

const io::Array& need(const io::ArrayFile& file, const std::string& name) {
  const io::Array* a = file.find(name);
  if (a == nullptr) fail(ErrorKind::shape, state_place, "array '{}' is missing", name);
  return *a;
}

template <typename T>
std::vector<T> vector_of(const io::ArrayFile& file, const std::string& name, io::Dtype dtype,
                         std::size_t rows) {
  const io::Array& a = need(file, name);
  if (a.dtype != dtype || a.shape.size() != 1 || a.bytes.size() != rows * sizeof(T) ||
      a.shape[0] != static_cast<std::int64_t>(rows))
    fail(ErrorKind::shape, state_place, "array '{}' must be {} of {} rows", name, io::name_of(dtype), rows);
  std::vector<T> out(rows);
  if (rows > 0) std::memcpy(out.data(), a.bytes.data(), a.bytes.size());
  return out;
}

at::Tensor rows_of(const io::ArrayFile& file, const std::string& name, std::int64_t rows,
                   const at::Tensor* like) {
  at::Tensor t = to_tensor(need(file, name));
  if (t.dim() < 1 || t.size(0) != rows)
    fail(ErrorKind::shape, state_place, "array '{}' must have {} rows", name, rows);
  if (like != nullptr && (t.sizes() != like->sizes() || t.scalar_type() != like->scalar_type()))
    fail(ErrorKind::shape, state_place, "array '{}' must have the shape and dtype of 'x'", name);
  return t;
}

}  // namespace

State clone(const State& state) {
  return map_tensors(state, [](const at::Tensor& t) { return t.clone(); });
}

State index_select(const State& state, std::span<const std::int64_t> rows) {
  for (std::int64_t r : rows)
    if (r < 0 || r >= state.rows())
      fail(ErrorKind::shape, state_place, "row {} of {} does not exist", r, state.rows());
  const at::Tensor index = at::from_blob(const_cast<std::int64_t*>(rows.data()),
                                         {static_cast<std::int64_t>(rows.size())}, at::kLong);
  State out = map_tensors(state, [&](const at::Tensor& t) { return t.index_select(0, index); });
  for (HistoryEntry& entry : out.history) entry.times = pick(entry.times, rows);
  out.count = pick(state.count, rows);
  out.level = pick(state.level, rows);
  out.ids = pick(state.ids, rows);
  if (!state.times.empty()) out.times = pick(state.times, rows);
  for (std::vector<double>& n : out.numbers) n = pick(n, rows);
  return out;
}

State concatenate(std::span<const State> states) {
  if (states.empty()) fail(ErrorKind::shape, state_place, "nothing to concatenate");
  std::size_t history = 0, memory = 0, numbers = 0;
  bool answered = true, timed = false;
  for (const State& s : states) {
    if (s.x.sizes().slice(1) != states[0].x.sizes().slice(1) ||
        s.x.scalar_type() != states[0].x.scalar_type())
      fail(ErrorKind::shape, state_place, "rows of different shapes or dtypes cannot be joined");
    history = std::max(history, s.history.size());
    memory = std::max(memory, s.memory.size());
    numbers = std::max(numbers, s.numbers.size());
    timed = timed || !s.times.empty();
    answered = answered && s.answer.defined();
  }
  State out;
  out.x = cat_or_zeros(states, [](const State& s) { return s.x; });
  for (std::size_t h = 0; h < history; ++h) {
    HistoryEntry entry;
    entry.prediction = cat_or_zeros(states, [&](const State& s) {
      return h < s.history.size() ? s.history[h].prediction : at::Tensor();
    });
    for (const State& s : states)
      append(entry.times, h < s.history.size() ? s.history[h].times : std::vector<double>(s.ids.size(), 0.0));
    out.history.push_back(std::move(entry));
  }
  for (std::size_t m = 0; m < memory; ++m)
    out.memory.push_back(cat_or_zeros(
        states, [&](const State& s) { return m < s.memory.size() ? s.memory[m] : at::Tensor(); }));
  out.terms = joined(states, &State::terms);
  if (answered) {
    out.answer = cat_or_zeros(states, [](const State& s) { return s.answer; });
    out.terms_next = joined(states, &State::terms_next);
  }
  for (const State& s : states) {
    append(out.count, s.count);
    append(out.level, s.level);
    append(out.ids, s.ids);
    if (timed) append(out.times, s.times.empty() ? std::vector<StepTimes>(s.ids.size()) : s.times);
  }
  for (std::size_t n = 0; n < numbers; ++n) {
    out.numbers.emplace_back();
    for (const State& s : states)
      append(out.numbers.back(),
             n < s.numbers.size() ? s.numbers[n] : std::vector<double>(s.ids.size(), 0.0));
  }
  for (const auto& [name, first] : states[0].conditions) {
    std::vector<at::Tensor> pieces;
    for (const State& s : states) {
      const auto it = s.conditions.find(name);
      if (it == s.conditions.end())
        fail(ErrorKind::shape, state_place, "condition '{}' is missing in some rows", name);
      pieces.push_back(it->second);
    }
    out.conditions.emplace(name, at::cat(pieces));
  }
  for (const State& s : states)
    if (s.conditions.size() != out.conditions.size())
      fail(ErrorKind::shape, state_place, "some rows have conditions that others lack");
  return out;
}

io::ArrayFile to_arrays(const State& state) {
  io::ArrayFile file;
  const auto add = [&](const std::string& name, const at::Tensor& t) {
    if (t.defined()) file.arrays.emplace_back(name, to_array(t));
  };
  add("x", state.x);
  for (std::size_t h = 0; h < state.history.size(); ++h) {
    add(fmt::format("history.{}", h), state.history[h].prediction);
    file.arrays.emplace_back(fmt::format("history.{}.times", h),
                             array_of(state.history[h].times, io::Dtype::f64));
  }
  for (std::size_t m = 0; m < state.memory.size(); ++m) add(fmt::format("memory.{}", m), state.memory[m]);
  add("answer", state.answer);
  for (const auto& [name, t] : state.conditions) add("condition." + name, t);
  for (const auto& [prefix, field] : term_fields)
    for (const Remembered& r : state.*field) add(prefix + r.name, r.rows);
  file.arrays.emplace_back(
      "count", array_of(std::vector<std::int32_t>(state.count.begin(), state.count.end()), io::Dtype::i32));
  file.arrays.emplace_back(
      "level", array_of(std::vector<std::int32_t>(state.level.begin(), state.level.end()), io::Dtype::i32));
  file.arrays.emplace_back("ids", array_of(state.ids, io::Dtype::i64));
  if (!state.times.empty())
    for (const TimesField& f : times_fields) {
      std::vector<double> values;
      for (const StepTimes& t : state.times) values.push_back(t.*f.field);
      file.arrays.emplace_back(f.name, array_of(values, io::Dtype::f64));
    }
  for (std::size_t n = 0; n < state.numbers.size(); ++n)
    file.arrays.emplace_back(fmt::format("numbers.{}", n), array_of(state.numbers[n], io::Dtype::f64));
  return file;
}

State from_arrays(const io::ArrayFile& file) {
  State state;
  const io::Array& ids = need(file, "ids");
  if (ids.shape.size() != 1 || ids.shape[0] < 0)
    fail(ErrorKind::shape, state_place, "array 'ids' must be a list");
  const std::size_t rows = static_cast<std::size_t>(ids.shape[0]);
  state.ids = vector_of<std::uint64_t>(file, "ids", io::Dtype::i64, rows);
  const auto count = vector_of<std::int32_t>(file, "count", io::Dtype::i32, rows);
  const auto level = vector_of<std::int32_t>(file, "level", io::Dtype::i32, rows);
  state.count.assign(count.begin(), count.end());
  state.level.assign(level.begin(), level.end());
  state.x = rows_of(file, "x", state.rows(), nullptr);
  for (int h = 0; file.find(fmt::format("history.{}", h)) != nullptr; ++h) {
    HistoryEntry entry;
    entry.prediction = rows_of(file, fmt::format("history.{}", h), state.rows(), &state.x);
    entry.times = vector_of<double>(file, fmt::format("history.{}.times", h), io::Dtype::f64, rows);
    state.history.push_back(std::move(entry));
  }
  for (int m = 0; m < most_kept_registers; ++m) {
    const std::string name = fmt::format("memory.{}", m);
    if (file.find(name) == nullptr) continue;
    state.memory.resize(static_cast<std::size_t>(m) + 1);
    state.memory.back() = rows_of(file, name, state.rows(), &state.x);
  }
  if (file.find("answer") != nullptr) state.answer = rows_of(file, "answer", state.rows(), &state.x);
  for (const auto& [name, array] : file.arrays)
    if (name.rfind("condition.", 0) == 0)
      state.conditions.emplace(name.substr(10), rows_of(file, name, state.rows(), nullptr));
  for (const auto& [name, array] : file.arrays)
    for (const auto& [prefix, field] : term_fields)
      if (name.rfind(prefix, 0) == 0)
        remember(state.*field, name.substr(std::string(prefix).size()),
                 rows_of(file, name, state.rows(), nullptr));
  if (file.find(times_fields[0].name) != nullptr) {
    state.times.resize(rows);
    for (const TimesField& f : times_fields) {
      const std::vector<double> values = vector_of<double>(file, f.name, io::Dtype::f64, rows);
      for (std::size_t r = 0; r < rows; ++r) state.times[r].*f.field = values[r];
    }
  }
  for (int n = 0; file.find(fmt::format("numbers.{}", n)) != nullptr; ++n)
    state.numbers.push_back(vector_of<double>(file, fmt::format("numbers.{}", n), io::Dtype::f64, rows));
  for (std::size_t r = 0; r < rows; ++r)
    if (state.count[r] < 0 || state.count[r] > static_cast<int>(state.history.size()) || state.level[r] < 0)
      fail(ErrorKind::shape, state_place, "row {}: count {} or level {} out of range", r, state.count[r],
           state.level[r]);
  return state;
}

}  // namespace ulam
