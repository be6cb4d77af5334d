#include "ulam/draw/loop.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/draw/apply.h"
#include "ulam/draw/left_out.h"
#include "ulam/draw/row_groups.h"
#include "ulam/draw/step_density.h"
#include "ulam/draw/step_kernel.h"
#include "ulam/kernels/normal.h"

namespace ulam {

struct SolverProcess::Scratch {
  std::vector<Group> groups;
  Buffers buffers;
  PassStorage storage;
  at::Tensor time;
  std::vector<double> nodes;
};

namespace {

constexpr const char* loop_place = "draw";

void push_history(State& state, const Plan& plan, at::Tensor&& pushed, double time, Buffers& buffers) {
  std::vector<HistoryEntry>& history = state.history;
  if (history.size() < static_cast<std::size_t>(plan.history)) history.emplace_back();
  std::rotate(history.begin(), history.end() - 1, history.end());
  buffers.give(std::move(history.front().prediction));
  history.front().prediction = std::move(pushed);
  history.front().times.assign(state.ids.size(), time);
  for (int& count : state.count) count = std::min(count + 1, plan.history);
}

/// Rows whose step was taken back remember what they had `before`.
void take_back(State& state, const TermMemory& before, const std::vector<bool>& rows) {
  const at::Tensor back = at::zeros({state.rows()}, at::kBool);
  for (std::size_t r = 0; r < rows.size(); ++r) back.data_ptr<bool>()[r] = rows[r];
  for (Remembered& r : state.terms) {
    std::vector<std::int64_t> wide(static_cast<std::size_t>(r.rows.dim()), 1);
    wide[0] = state.rows();
    const at::Tensor had = recall(before, r.name);
    r.rows = at::where(back.view(wide), had.defined() ? had : at::zeros_like(r.rows), r.rows);
  }
}

}  // namespace

SolverProcess::SolverProcess(Plan plan, Field field, SolverOptions options)
    : plan_(std::move(plan)), field_(std::move(field)), options_(options) {
  check_plan_for(plan_, field_.info().path, field_.info().head);
  check_left_out(plan_, field_.info());
  row_times_ = row_times(plan_);
  if (field_.info().dtype != at::kFloat && field_.info().dtype != at::kDouble)
    fail(ErrorKind::unsupported, loop_place, "the model computes in {}, valid: float, double",
         at::toString(field_.info().dtype));
}

SolverProcess::~SolverProcess() = default;

State SolverProcess::start(std::span<const std::uint64_t> ids, const Conditions& conditions) const {
  at::Tensor x = keyed_normal(options_.seed, Stream::start, ids, 0, field_.info().shape, field_.info().dtype);
  x.mul_(plan_.path.at(plan_.times.front()).s);
  return start_from(std::move(x), ids, conditions, 0);
}

State SolverProcess::start_from(at::Tensor x, std::span<const std::uint64_t> ids,
                                const Conditions& conditions, int level) const {
  if (!x.defined() || x.dim() < 1 || x.size(0) != static_cast<std::int64_t>(ids.size()))
    fail(ErrorKind::shape, loop_place, "the start state must have {} rows", ids.size());
  if (x.scalar_type() != field_.info().dtype)
    fail(ErrorKind::shape, loop_place, "the start state is {}, the model computes in {}",
         at::toString(x.scalar_type()), at::toString(field_.info().dtype));
  if (level < 0 || level > plan_.levels())
    fail(ErrorKind::option, loop_place, "entry level {} is not in 0 to {}", level, plan_.levels());
  State state;
  state.x = x.is_contiguous() ? std::move(x) : x.contiguous();
  state.ids.assign(ids.begin(), ids.end());
  state.level.assign(ids.size(), level);
  state.count.assign(ids.size(), 0);
  state.conditions = conditions;
  for (const auto& [name, value] : conditions)
    if (!value.defined() || value.dim() < 1 || value.size(0) != state.rows())
      fail(ErrorKind::shape, loop_place, "condition '{}' must have {} rows", name, ids.size());
  return state;
}

SolverProcess::VariantPtr SolverProcess::moves_for(int step, const StepTimes& times,
                                                   const std::vector<double>& nodes) const {
  const std::size_t i = static_cast<std::size_t>(step);
  const std::vector<Variant>& variants = plan_.steps.at(i).variants;
  if (nodes.size() < variants.size() && times == StepTimes::plain(plan_.times[i], plan_.times[i + 1])) {
    const Variant& variant = variants[nodes.size()];
    if (!variant.moves.empty() && variant.nodes == nodes) return VariantPtr(VariantPtr(), &variant);
  }
  if (!plan_.recipe)
    fail(ErrorKind::option, "plan",
         "step {} has no row for history at the times [{}], and a plan from a file carries no recipe", step,
         fmt::join(nodes, ", "));
  std::vector<double> key{static_cast<double>(step), times.from, times.to, times.reached, times.asked};
  key.insert(key.end(), nodes.begin(), nodes.end());
  const std::lock_guard lock(mutex_);
  if (compiled_.size() >= most_compiled && compiled_.count(key) == 0) compiled_.clear();
  VariantPtr& found = compiled_[std::move(key)];
  if (!found)
    found = std::make_shared<const Variant>(
        compile_step(*plan_.recipe, plan_.path, plan_.head, step, times, nodes));
  return found;
}

// Cuts the rows into groups that take the same moves; a uniform state moves into one group whole.
void SolverProcess::split(State& state, Scratch& scratch) const {
  const auto open = [&](Group& group) {
    nodes_of(group.state, plan_, 0, scratch.nodes);
    group.held = moves_for(group.state.level[0], step_times(group.state, plan_, 0), scratch.nodes);
    group.variant = group.held.get();
    group.registers.resize(static_cast<std::size_t>(plan_.memory + plan_.scratch));
    for (std::size_t m = 0; m < group.state.memory.size() && m < group.registers.size(); ++m)
      group.registers[m] = std::move(group.state.memory[m]);
  };
  if (uniform(state, plan_)) {
    scratch.groups.resize(1);
    scratch.groups[0].state = std::move(state);
    open(scratch.groups[0]);
    return;
  }
  scratch.groups.clear();
  for (std::vector<std::int64_t>& rows : row_groups(state, plan_)) {
    Group& group = scratch.groups.emplace_back();
    group.state = index_select(state, rows);
    group.rows = std::move(rows);
    open(group);
  }
}

// One model call for all groups whose move number `move` asks for one.
void SolverProcess::evaluate(Scratch& scratch, std::size_t move, Ledger& ledger, const Watch& watch) const {
  std::vector<Group>& groups = scratch.groups;
  const auto asks = [&](const Group& g) {
    return move < g.variant->moves.size() && g.variant->moves[move].time.has_value();
  };
  std::int64_t rows = 0;
  Group* only = nullptr;
  std::size_t asking = 0;
  for (Group& g : groups) {
    if (!asks(g)) continue;
    if (move == 0 && g.state.answer.defined()) {
      g.answer = std::move(g.state.answer);
      g.state.answer = at::Tensor();
      g.terms_left = std::move(g.state.terms_next);
      g.state.terms_next.clear();
      continue;
    }
    rows += g.state.rows();
    only = &g;
    ++asking;
  }
  if (asking == 0) return;
  if (!sole_owner(scratch.time) || scratch.time.size(0) != rows)
    scratch.time = at::empty({rows}, at::kDouble);
  double* time = scratch.time.data_ptr<double>();
  Context context;
  context.stage = static_cast<int>(move);
  context.step = only->state.level[0];
  context.steps = plan_.levels();
  const bool gradients = options_.differentiable, guided = !field_.terms().empty();
  TermMemory left;
  if (guided && asking == 1) {
    context.kernel = step_kernel(only->variant->moves[move], step_times(only->state, plan_, 0));
    context.memory = &only->state.terms;
    context.written = evaluates_before(*only->variant, move) ? nullptr : &only->terms_left;
  }
  if (asking == 1) {
    std::fill_n(time, rows, *only->variant->moves[move].time);
    context.left_out = &only->variant->moves[move].left_out;
    only->answer =
        field_.answer(only->state.x, scratch.time, only->state.conditions, context, ledger, watch, gradients)
            .prediction.contiguous();
    return;
  }
  for (Group& first : groups) {
    if (!asks(first) || first.answer.defined()) continue;
    std::vector<Group*> together;
    context.left_out = &first.variant->moves[move].left_out;
    for (Group& g : groups)
      if (asks(g) && !g.answer.defined() && g.variant->moves[move].left_out == *context.left_out)
        together.push_back(&g);
    ask_together(together, move, context, ledger, watch);
  }
}

// One model call for groups for which the network leaves out the same.
void SolverProcess::ask_together(const std::vector<Group*>& groups, std::size_t move, Context context,
                                 Ledger& ledger, const Watch& watch) const {
  const bool guided = !field_.terms().empty();
  std::vector<State> views;
  std::vector<double> times;
  for (Group* g : groups) {
    const Move& asked = g->variant->moves[move];
    times.insert(times.end(), g->state.ids.size(), *asked.time);
    State& view = views.emplace_back();
    view.x = g->state.x;
    view.conditions = g->state.conditions;
    view.ids = g->state.ids;
    view.terms = g->state.terms;
    if (guided)
      context.row_kernels.insert(context.row_kernels.end(), g->state.ids.size(),
                                 step_kernel(asked, step_times(g->state, plan_, 0)));
    context.row_steps.insert(context.row_steps.end(), g->state.level.begin(), g->state.level.end());
  }
  const State all = concatenate(views);
  views.clear();
  TermMemory left;
  context.memory = &all.terms;
  context.written = &left;
  const at::Tensor p = field_
                           .answer(all.x, at::tensor(times, at::kDouble), all.conditions, context, ledger,
                                   watch, options_.differentiable)
                           .prediction;
  std::int64_t begin = 0;
  for (Group* g : groups) {
    g->answer = p.narrow(0, begin, g->state.rows()).contiguous();
    if (!evaluates_before(*g->variant, move))
      for (const Remembered& r : left)
        remember(g->terms_left, r.name, r.rows.narrow(0, begin, g->state.rows()));
    begin += g->state.rows();
  }
}

// History, levels and registers at the step's end; groups go back to their places.
void SolverProcess::finish(State& state, Scratch& scratch) const {
  for (Group& group : scratch.groups) {
    if (group.pushed.defined())
      push_history(group.state, plan_, std::move(group.pushed), step_times(group.state, plan_, 0).from,
                   scratch.buffers);
    group.pushed = at::Tensor();
    const std::size_t kept = static_cast<std::size_t>(plan_.memory);
    group.state.memory.resize(kept);
    for (std::size_t m = 0; m < group.registers.size(); ++m) {
      if (m < kept)
        group.state.memory[m] = std::move(group.registers[m]);
      else
        scratch.buffers.give(std::move(group.registers[m]));
      group.registers[m] = at::Tensor();
    }
    for (Remembered& r : group.terms_left) remember(group.state.terms, r.name, std::move(r.rows));
    group.terms_left.clear();
    for (int& l : group.state.level) ++l;
  }
  if (scratch.groups.size() == 1) {
    state = std::move(scratch.groups[0].state);
    return;
  }
  std::vector<State> parts;
  std::vector<std::int64_t> order;
  for (Group& group : scratch.groups) {
    order.insert(order.end(), group.rows.begin(), group.rows.end());
    parts.push_back(std::move(group.state));
  }
  std::vector<std::int64_t> back(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    back[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
  state = index_select(concatenate(parts), back);
  scratch.groups.clear();
}

void SolverProcess::step(State& state, Ledger& ledger, const Watch& watch) const {
  check_rows(state, plan_);
  if (state.rows() == 0) return;
  if (row_times_) row_times_->begin(state);
  std::unique_ptr<Scratch> scratch;
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      scratch = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (!scratch) scratch = std::make_unique<Scratch>();

  const TermMemory before = row_times_ ? state.terms : TermMemory{};
  split(state, *scratch);
  std::size_t moves = 0;
  for (const Group& group : scratch->groups) moves = std::max(moves, group.variant->moves.size());
  const Key key = make_key(options_.seed, Stream::step);
  for (std::size_t m = 0; m < moves; ++m) {
    evaluate(*scratch, m, ledger, watch);
    for (Group& group : scratch->groups) {
      if (m >= group.variant->moves.size()) continue;
      const std::uint32_t draw = options_.first_draw + static_cast<std::uint32_t>(group.state.level[0]);
      if (options_.differentiable)
        apply_plain(group.variant->moves[m], group, options_.seed, draw);
      else
        apply_fused(group.variant->moves[m], group, key, draw, scratch->buffers, scratch->storage);
    }
  }
  finish(state, *scratch);
  if (row_times_)
    if (const std::vector<bool> back = row_times_->advance(state); !back.empty())
      take_back(state, before, back);
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(scratch));
}

// One call for all rows for which the network leaves out the same; what terms leave goes to state.terms_next.
at::Tensor SolverProcess::ask_ahead(State& state, const at::Tensor& time,
                                    const std::vector<std::vector<std::string>>& left_out,
                                    const Context& context, Ledger& ledger, const Watch& watch) const {
  std::map<std::vector<std::string>, std::vector<std::int64_t>> parts;
  for (std::size_t r = 0; r < left_out.size(); ++r)
    parts[left_out[r]].push_back(static_cast<std::int64_t>(r));
  const auto ask = [&](const State& rows, const at::Tensor& at, Context c, TermMemory& written) {
    c.memory = &rows.terms;
    c.written = &written;
    return field_.answer(rows.x, at, rows.conditions, c, ledger, watch, options_.differentiable)
        .prediction.contiguous();
  };
  state.terms_next.clear();
  Context own = context;
  if (parts.size() <= 1) {
    if (!parts.empty()) own.left_out = &parts.begin()->first;
    return ask(state, time, own, state.terms_next);
  }
  at::Tensor answer = at::zeros_like(state.x);
  for (const auto& [modules, rows] : parts) {
    own.left_out = &modules;
    own.row_kernels.clear();
    for (const std::int64_t r : rows)
      own.row_kernels.push_back(context.row_kernels[static_cast<std::size_t>(r)]);
    const at::Tensor index = at::tensor(rows, at::kLong);
    const State part = index_select(state, rows);
    own.row_steps = part.level;
    TermMemory left;
    answer = answer.index_copy(0, index, ask(part, time.index_select(0, index), own, left));
    for (const Remembered& r : left) {
      std::vector<std::int64_t> sizes = r.rows.sizes().vec();
      sizes[0] = state.rows();
      const at::Tensor had = recall(state.terms_next, r.name);
      remember(state.terms_next, r.name,
               (had.defined() ? had : at::zeros(sizes, r.rows.options())).index_copy(0, index, r.rows));
    }
  }
  return answer;
}

at::Tensor SolverProcess::peek(State& state, Ledger& ledger, const Watch& watch) const {
  check_rows(state, plan_);
  if (row_times_) row_times_->begin(state);
  std::vector<std::int64_t> wide(static_cast<std::size_t>(state.x.dim()), 1);
  wide[0] = state.rows();
  const at::Tensor time = at::empty({state.rows()}, at::kDouble);
  at::Tensor of_x = at::empty({state.rows()}, at::kDouble), of_p = of_x.clone();
  std::vector<double> nodes;
  Context context;
  std::vector<std::vector<std::string>> left_out;
  for (std::size_t r = 0; r < state.ids.size(); ++r) {
    nodes_of(state, plan_, r, nodes);
    const VariantPtr variant = moves_for(state.level[r], step_times(state, plan_, r), nodes);
    context.row_kernels.push_back(step_kernel(variant->moves[0], step_times(state, plan_, r)));
    if (!variant->moves[0].time)
      fail(ErrorKind::unsupported, "plan",
           "step {} does not begin with an evaluation, so there is nothing to peek at", state.level[r]);
    const double t = *variant->moves[0].time;
    const Affine d =
        to_data(plan_.head, plan_.path.at(state.times.empty() ? t : step_times(state, plan_, r).from));
    time.data_ptr<double>()[r] = t;
    left_out.push_back(variant->moves[0].left_out);
    of_x.data_ptr<double>()[r] = d.of_x;
    of_p.data_ptr<double>()[r] = d.of_p;
  }
  if (!state.answer.defined()) {
    context.step = state.rows() > 0 ? state.level[0] : 0;
    context.row_steps = state.level;
    context.steps = plan_.levels();
    state.answer = ask_ahead(state, time, left_out, context, ledger, watch);
  }
  const auto scalars = [&](const at::Tensor& t) { return t.to(state.x.scalar_type()).view(wide); };
  const at::Tensor d = state.x * scalars(of_x) + state.answer * scalars(of_p);
  return plan_.path.has_centre() ? d + centre_of(state.conditions, state.x) : d;
}

std::int64_t SolverProcess::evaluations_left(int level) const { return evaluations(plan_, field_, level); }

bool SolverProcess::has_log_density(int level) const { return has_density(plan_.variant(level, level)); }

at::Tensor SolverProcess::log_density(const State& before, const at::Tensor& after) const {
  check_rows(before, plan_);
  if (before.rows() == 0) return at::empty({0}, at::kDouble);
  if (!before.answer.defined())
    fail(ErrorKind::unsupported, loop_place,
         "the density of a step needs the cached answer: peek before the step");
  if (!uniform(before, plan_))
    fail(ErrorKind::unsupported, loop_place,
         "the density of a step needs rows at one level with one history");
  std::vector<double> nodes;
  nodes_of(before, plan_, 0, nodes);
  const VariantPtr variant = moves_for(before.level[0], step_times(before, plan_, 0), nodes);
  return step_log_density(plan_, *variant, before.level[0], before, before.answer, after);
}

std::int64_t evaluations(const Plan& plan, const Field& field, int level) {
  if (field.terms().empty()) return evaluations(plan, level);
  if (plan.own.any()) return evaluations(plan, level) * field.most_evaluations();
  std::int64_t sum = 0;
  Context context;
  context.steps = plan.levels();
  for (context.step = level; context.step < plan.levels(); ++context.step) {
    const std::vector<Move>& moves = plan.variant(context.step, context.step - level).moves;
    for (std::size_t m = 0; m < moves.size(); ++m) {
      context.stage = static_cast<int>(m);
      if (!moves[m].time) continue;
      const std::size_t step = static_cast<std::size_t>(context.step);
      context.kernel = step_kernel(moves[m], StepTimes::plain(plan.times[step], plan.times[step + 1]));
      sum += field.evaluations(*moves[m].time, context);
    }
  }
  return sum;
}

bool run(const Process& process, State& state, Ledger& ledger, const Watch& watch) {
  const int levels = process.levels();
  const auto left = [&] {
    std::int64_t sum = 0;
    for (const int level : state.level) sum += level < levels ? process.evaluations_left(level) : 0;
    return sum;
  };
  const std::int64_t before = ledger.spent().evaluations;
  while (true) {
    const auto [least, most] = std::minmax_element(state.level.begin(), state.level.end());
    if (state.rows() == 0 || *least >= levels) return true;
    if (watch.cancelled()) return false;
    if (*most < levels) {
      process.step(state, ledger, watch);
    } else {  // some rows are done: the others step apart and come back
      std::vector<std::int64_t> order, open, done, back(state.ids.size());
      for (std::int64_t r = 0; r < state.rows(); ++r)
        (state.level[static_cast<std::size_t>(r)] < levels ? open : done).push_back(r);
      std::vector<State> parts{index_select(state, open), index_select(state, done)};
      process.step(parts[0], ledger, watch);
      order = open;
      order.insert(order.end(), done.begin(), done.end());
      for (std::size_t i = 0; i < order.size(); ++i)
        back[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
      state = index_select(concatenate(parts), back);
    }
    if (watch.progress) {
      const std::int64_t done = ledger.spent().evaluations - before;
      watch.report({"drawing", done, done + left(), "evaluations", ""});
    }
  }
}

at::Tensor keyed_normal(std::uint64_t seed, Stream stream, std::span<const std::uint64_t> ids,
                        std::uint32_t draw, std::span<const std::int64_t> shape, at::ScalarType dtype) {
  std::vector<std::int64_t> sizes{static_cast<std::int64_t>(ids.size())};
  sizes.insert(sizes.end(), shape.begin(), shape.end());
  at::Tensor out = at::empty(sizes, dtype);
  const std::size_t row_size = ids.empty() ? 0 : static_cast<std::size_t>(out.numel()) / ids.size();
  const Key key = make_key(seed, stream);
  for (std::size_t r = 0; r < ids.size(); ++r) {
    const RowKey row{key, ids[r], draw};
    if (dtype == at::kFloat)
      kernels::fill_normal(row, 0, std::span<float>(out.data_ptr<float>() + r * row_size, row_size));
    else
      kernels::fill_normal(row, 0, std::span<double>(out.data_ptr<double>() + r * row_size, row_size));
  }
  return out;
}

}  // namespace ulam
