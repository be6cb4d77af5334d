#include "ulam/guide/field.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include "ulam/base/error.h"
#include "ulam/guide/asking.h"
#include "ulam/guide/rows.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace {

constexpr const char* field_place = "field";

void check_input(const ModelInfo& info, const at::Tensor& x, const at::Tensor& t,
                 const Conditions& conditions) {
  if (!x.defined() || x.dim() < 1) fail(ErrorKind::shape, field_place, "x must have rows first");
  if (x.scalar_type() != info.dtype)
    fail(ErrorKind::shape, field_place, "x is {}, the model '{}' takes {}", at::toString(x.scalar_type()),
         info.name, at::toString(info.dtype));
  const std::int64_t rows = x.size(0);
  if (!t.defined() || t.dim() != 1 || t.size(0) != rows || t.scalar_type() != at::kDouble)
    fail(ErrorKind::shape, field_place, "t must be {} doubles, one a row", rows);
  for (const auto& [name, value] : conditions)
    if (!value.defined() || value.dim() < 1 || value.size(0) != rows)
      fail(ErrorKind::shape, field_place, "condition '{}' has {} rows, x has {}", name,
           value.defined() && value.dim() > 0 ? value.size(0) : 0, rows);
}

/// Operations on D, put through the head: p moves by what they change in D. `x` is what the model saw, state
/// + centre where the path has one.
at::Tensor operated(const PostOperations& operations, const ModelInfo& info, const at::Tensor& p,
                    const at::Tensor& state, const at::Tensor& x, const at::Tensor& t,
                    const at::Tensor& centre) {
  const auto all = [&](at::Tensor data) {
    for (const PostOperationPtr& operation : operations) {
      data = operation->apply(data, x, t, info);
      if (!data.defined() || data.sizes() != p.sizes() || data.scalar_type() != p.scalar_type())
        fail(ErrorKind::shape, field_place, "'{}' answered with another shape or dtype than D has",
             operation->spec());
    }
    return data;
  };
  if (info.head.kind == Prediction::data) return all(p);
  const std::int64_t rows = x.size(0);
  const at::Tensor scalars = at::zeros({3, rows}, at::kDouble);
  const at::Tensor times = t.contiguous();
  double *of_x = scalars.data_ptr<double>(), *of_p = of_x + rows, *back = of_p + rows;
  for (std::int64_t r = 0; r < rows; ++r) {
    const double time = times.data_ptr<double>()[r];
    if (r > 0 && time == times.data_ptr<double>()[r - 1]) {
      of_x[r] = of_x[r - 1], of_p[r] = of_p[r - 1], back[r] = back[r - 1];
      continue;
    }
    const Marginal m = info.path.at(time);
    if (!tells_data(info.head, m)) continue;
    const Affine d = to_data(info.head, m);
    of_x[r] = d.of_x, of_p[r] = d.of_p, back[r] = from_data(info.head, m).of_p;
  }
  std::vector<std::int64_t> wide(static_cast<std::size_t>(x.dim()), 1);
  wide[0] = rows;
  const auto row = [&](std::int64_t i) { return scalars[i].to(x.options()).view(wide); };
  at::Tensor data = state * row(0) + p * row(1);
  if (centre.defined()) data = data + centre;
  return p + (all(data) - data) * row(2);
}

Situation situation_of(const ModelInfo& info, std::vector<double> times, const Conditions* conditions,
                       const Context& context) {
  Situation s;
  s.info = &info;
  s.times = std::move(times);
  for (const double t : s.times) s.sigma.push_back(info.path.rho(t));
  s.conditions = conditions;
  s.context = context;
  return s;
}

/// Calls `f` with one term after another; the situation says which.
template <typename F>
void each(const Terms& terms, Situation& situation, const F& f) {
  for (situation.term = 0; situation.term < terms.size(); ++situation.term) f(*terms[situation.term]);
}

bool none(const std::vector<bool>& rows) { return std::find(rows.begin(), rows.end(), true) == rows.end(); }
std::vector<bool> not_zero(const std::vector<double>& weights) {
  std::vector<bool> out;
  for (const double w : weights) out.push_back(w != 0);
  return out;
}

/// The affine mix: distinct queries with their weights; the model's own answer first, with weight 1 more.
struct Mix {
  std::vector<Query> queries;
  std::vector<std::vector<double>> weights;

  Mix(const Terms& terms, Situation& situation) : queries(1), weights(1) {
    weights[0].assign(situation.rows(), 0.0);
    each(terms, situation, [&](const Term& term) {
      for (Ask& ask : term.asks(situation)) add(std::move(ask), situation);
    });
    // Last, so that weights that cancel leave exactly 1.
    for (double& w : weights[0]) w += 1;
  }
  void add(Ask ask, const Situation& situation) {
    if (ask.query.model && ask.query.model->info().hash == situation.info->hash && situation.info->hash != 0)
      ask.query.model = nullptr;
    const auto found =
        std::find_if(queries.begin(), queries.end(), [&](const Query& q) { return same(q, ask.query); });
    const std::size_t at = static_cast<std::size_t>(found - queries.begin());
    if (found == queries.end())
      queries.push_back(std::move(ask.query)), weights.push_back(ask.weight);
    else
      for (std::size_t r = 0; r < situation.rows(); ++r) weights[at][r] += ask.weight[r];
  }
  /// Rows of query i that are needed at all.
  std::vector<bool> rows(std::size_t i) const { return not_zero(weights[i]); }
};

/// sum + weight * answer. Entries of an answer that were not asked are 0, so rows of weight 0 keep their
/// bits.
void accumulate(at::Tensor& sum, const at::Tensor& answer, const std::vector<double>& weights) {
  const bool even = std::all_of(weights.begin(), weights.end(), [&](double w) { return w == weights[0]; });
  if (even && weights[0] == 0) return;
  if (!sum.defined() && even && weights[0] == 1) {
    sum = answer;
    return;
  }
  const at::Tensor share = even ? answer * weights[0] : answer * wide(weights, answer);
  sum = sum.defined() ? sum + share : share;
}

/// What the energies add to the prediction: their gradient off the score, put through the head. Where a = 0
/// or s = 0 a score says nothing of D, and nothing is added.
at::Tensor from_energies(const Terms& terms, const Asked& asked, Situation& situation, Asking& asking,
                         bool gradients) {
  std::vector<Query> queries;
  std::vector<std::vector<bool>> rows;
  each(terms, situation, [&](const Term& term) {
    for (Ask& ask : term.sources(situation))
      if (std::vector<bool> needed = not_zero(ask.weight); !none(needed))
        queries.push_back(std::move(ask.query)), rows.push_back(std::move(needed));
  });
  if (queries.empty()) return {};
  const at::AutoGradMode graph(true);
  const at::Tensor leaf = asking.trace(gradients);
  asking.ask(queries, rows);
  at::Tensor total;
  each(terms, situation, [&](const Term& term) {
    const at::Tensor energy = term.energy(situation, asking);
    if (energy.defined()) total = total.defined() ? total + energy.sum() : energy.sum();
  });
  asking.stop();
  if (!total.defined()) return {};
  if (!total.requires_grad())
    fail(ErrorKind::unsupported, field_place,
         "a guidance term needs a gradient, and the model '{}' gives none", asked.model->info().name);
  const at::Tensor gradient = torch::autograd::grad({total}, {leaf}, {}, gradients, gradients)[0];
  std::vector<double> scale;
  const ModelInfo& info = asked.model->info();
  for (const double t : situation.times) {
    const Marginal m = info.path.at(t);
    scale.push_back(m.a > 0 && m.s > 0 ? -from_data(info.head, m).of_p * m.s * m.s / m.a : 0);
  }
  return gradient * wide(scale, gradient);
}

at::Tensor guided(const Terms& terms, const Asked& asked, Situation& situation, bool gradients) {
  Asking asking(asked, situation);
  const at::Tensor shift = from_energies(terms, asked, situation, asking, gradients);
  Mix mix(terms, situation);
  std::vector<Query> queries;
  std::vector<std::vector<bool>> rows;
  for (std::size_t i = 0; i < mix.queries.size(); ++i)
    if (std::vector<bool> needed = mix.rows(i); !none(needed)) {
      queries.push_back(mix.queries[i]);
      rows.push_back(std::move(needed));
    }
  each(terms, situation, [&](const Term& term) {
    for (Query& query : term.needs(situation)) {
      queries.push_back(std::move(query));
      rows.emplace_back();
    }
  });
  asking.ask(queries, rows);
  at::Tensor sum;
  const auto include = [&](const Query& query, const std::vector<double>& weights) {
    if (!none(not_zero(weights))) accumulate(sum, asking.known(query), weights);
  };
  for (std::size_t i = 0; i < mix.queries.size(); ++i) include(mix.queries[i], mix.weights[i]);
  each(terms, situation, [&](const Term& term) {
    for (const Ask& ask : term.follow(situation, asking)) {
      asking.answer(ask.query);
      include(ask.query, ask.weight);
    }
  });
  if (!sum.defined()) sum = at::zeros_like(*asked.x);
  if (shift.defined()) {
    at::Tensor bounded = shift;
    each(terms, situation, [&](const Term& term) { bounded = term.bound(bounded, sum, situation, asking); });
    sum = sum + bounded;
  }
  each(terms, situation, [&](const Term& term) { sum = term.finish(sum, situation, asking); });
  return sum;
}

/// What the terms will ask of one row beyond their weights: rows that differ in it must not share an answer,
/// or each would pay for what the other needs.
std::string asked_beyond_weights(const Terms& terms, const Situation& all, std::size_t row) {
  Situation one = situation_of(*all.info, {all.times[row]}, nullptr, all.context);
  one.context.row_steps.clear();
  one.context.row_kernels.clear();
  if (!all.context.row_steps.empty()) one.context.step = all.context.row_steps[row];
  one.context.kernel = all.kernel(row);
  std::string out;
  each(terms, one, [&](const Term& term) {
    for (const Ask& source : term.sources(one)) out += source.weight[0] != 0 ? 's' : '-';
    out += std::string(term.needs(one).size(), 'n') + std::to_string(term.follow_evaluations(one)) + ' ';
  });
  return out;
}

/// Numbers of rows that may share an answer, in their order; one list where all may.
std::vector<std::vector<std::int64_t>> sharing_rows(const Terms& terms, const Situation& situation) {
  std::map<std::string, std::vector<std::int64_t>> groups;
  const Context& c = situation.context;
  std::string last;
  for (std::size_t r = 0; r < situation.rows(); ++r) {
    const bool as_before =
        r > 0 && situation.times[r] == situation.times[r - 1] &&
        (c.row_steps.empty() || c.row_steps[r] == c.row_steps[r - 1]) &&
        (c.row_kernels.empty() || (c.row_kernels[r].from == c.row_kernels[r - 1].from &&
                                   c.row_kernels[r].to == c.row_kernels[r - 1].to &&
                                   c.row_kernels[r].variance == c.row_kernels[r - 1].variance));
    if (!as_before) last = asked_beyond_weights(terms, situation, r);
    groups[last].push_back(static_cast<std::int64_t>(r));
  }
  std::vector<std::vector<std::int64_t>> out;
  for (auto& [asked, rows] : groups) out.push_back(std::move(rows));
  return out;
}

at::Tensor guided_in_groups(const Terms& terms, const Asked& asked, Situation& situation, bool gradients) {
  const auto groups = sharing_rows(terms, situation);
  if (groups.size() == 1) return guided(terms, asked, situation, gradients);
  const std::int64_t rows = static_cast<std::int64_t>(situation.rows());
  at::Tensor out;
  for (const std::vector<std::int64_t>& group : groups) {
    const at::Tensor index = at::tensor(group, at::kLong);
    const auto picked = [&](const at::Tensor& x) { return x.index_select(0, index); };
    const at::Tensor state = picked(*asked.state), x = picked(*asked.x), t = picked(*asked.t);
    Conditions conditions;
    for (const auto& [name, value] : *asked.conditions) conditions.emplace(name, picked(value));
    Asked part = asked;
    part.state = &state, part.x = &x, part.t = &t, part.conditions = &conditions;
    Context context = situation.context;
    context.row_steps.clear(), context.row_kernels.clear();
    std::vector<double> times;
    for (const std::int64_t r : group) {
      const auto row = static_cast<std::size_t>(r);
      times.push_back(situation.times[row]);
      if (!situation.context.row_steps.empty()) context.row_steps.push_back(situation.context.row_steps[row]);
      if (!situation.context.row_kernels.empty())
        context.row_kernels.push_back(situation.context.row_kernels[row]);
    }
    TermMemory memory, written;
    if (context.memory != nullptr) {
      for (const Remembered& kept : *context.memory) memory.push_back({kept.name, picked(kept.rows)});
      context.memory = &memory;
    }
    if (context.written != nullptr) context.written = &written;
    Situation own = situation_of(*situation.info, std::move(times), &conditions, context);
    const at::Tensor answer = guided(terms, part, own, gradients);
    if (!out.defined()) out = at::zeros_like(*asked.x);
    out = out.index_copy(0, index, answer);
    for (const Remembered& left : written) {
      std::vector<std::int64_t> sizes = left.rows.sizes().vec();
      sizes[0] = rows;
      const at::Tensor before = recall(*situation.context.written, left.name);
      remember(*situation.context.written, left.name,
               (before.defined() ? before : at::zeros(sizes, left.rows.options()))
                   .index_copy(0, index, left.rows));
    }
  }
  return out;
}

}  // namespace

const at::Tensor& centre_of(const Conditions& conditions, const at::Tensor& x) {
  const auto found = conditions.find("centre");
  if (found == conditions.end() || !found->second.defined())
    fail(ErrorKind::option, field_place,
         "the model's path has a centre, so the condition \"centre\" is needed: rows like x, {}",
         shape_text(x.sizes()));
  const at::Tensor& centre = found->second;
  if (centre.sizes() != x.sizes() || centre.scalar_type() != x.scalar_type() || centre.device() != x.device())
    fail(ErrorKind::shape, field_place, "the condition \"centre\" is {} {} on {}, but x is {} {} on {}",
         at::toString(centre.scalar_type()), shape_text(centre.sizes()), centre.device().str(),
         at::toString(x.scalar_type()), shape_text(x.sizes()), x.device().str());
  return centre;
}

Field::Field(ModelPtr model, int row_limit, PostOperations after, Terms terms)
    : model_(std::move(model)), row_limit_(row_limit), after_(std::move(after)), terms_(std::move(terms)) {
  if (!model_) fail(ErrorKind::option, field_place, "no model given");
  if (model_->info().path.has_centre() && model_->info().head.kind == Prediction::edm)
    fail(ErrorKind::unsupported, field_place,
         "the edm head has no meaning on a path with a centre; valid: data, noise, velocity, flow, score");
  for (const PostOperationPtr& operation : after_)
    if (!operation) fail(ErrorKind::option, field_place, "an operation on the data estimate is missing");
  if (row_limit < 0)
    fail(ErrorKind::option, field_place, "row limit {} is negative, valid: 0 (the model's own) or more",
         row_limit);
  if (row_limit_ == 0) row_limit_ = model_->info().row_limit;
  for (const TermPtr& term : terms_) {
    if (!term) fail(ErrorKind::option, field_place, "a guidance term is missing");
    term->check(model_->info());
  }
}

std::int64_t Field::evaluations(double t, const Context& context) const {
  if (terms_.empty()) return 1;
  Situation situation = situation_of(model_->info(), {t}, nullptr, context);
  return asked_for(situation);
}

std::int64_t Field::most_evaluations() const {
  if (terms_.empty()) return 1;
  const Path& path = model_->info().path;
  Situation situation = situation_of(model_->info(), {path.t_noise()}, nullptr, {});
  situation.open = true;
  return asked_for(situation);
}

std::int64_t Field::asked_for(Situation& situation) const {
  const Mix mix(terms_, situation);
  std::vector<Query> asked;
  const auto ask = [&](const Query& query) {
    if (std::none_of(asked.begin(), asked.end(), [&](const Query& q) { return same(q, query); }))
      asked.push_back(query);
  };
  for (std::size_t i = 0; i < mix.queries.size(); ++i)
    if (mix.weights[i][0] != 0) ask(mix.queries[i]);
  std::int64_t more = 0;
  each(terms_, situation, [&](const Term& term) {
    for (const Ask& source : term.sources(situation))
      if (source.weight[0] != 0) ask(source.query);
    for (const Query& query : term.needs(situation)) ask(query);
    more += term.follow_evaluations(situation);
  });
  return static_cast<std::int64_t>(asked.size()) + more;
}

Answer Field::answer(const at::Tensor& state, const at::Tensor& t, const Conditions& conditions,
                     const Context& context, Ledger& ledger, const Watch& watch, bool gradients) const {
  const ModelInfo& info = model_->info();
  check_input(info, state, t, conditions);
  std::optional<at::NoGradGuard> guard;
  if (!gradients) guard.emplace();
  at::Tensor centre;
  if (info.path.has_centre()) centre = centre_of(conditions, state);
  const at::Tensor x = centre.defined() ? state + centre : state;
  const std::int64_t rows = x.size(0);
  const Asked asked{model_, row_limit_, &state, &x, &t, &conditions, &ledger, &watch, context.left_out};
  Answer answer;
  if (rows == 0) {
    answer.prediction = at::empty_like(x);
  } else if (terms_.empty()) {
    answer.prediction = call_in_pieces(asked, *model_, x, t, conditions, {}, {}).answer;
  } else {
    const at::Tensor times = t.contiguous();
    Situation situation =
        situation_of(info, {times.data_ptr<double>(), times.data_ptr<double>() + rows}, &conditions, context);
    answer.prediction = guided_in_groups(terms_, asked, situation, gradients);
  }
  if (rows > 0 && !after_.empty())
    answer.prediction = operated(after_, info, answer.prediction, state, x, t, centre);
  if (centre.defined() && info.head.kind == Prediction::data) answer.prediction = answer.prediction - centre;
  return answer;
}

}  // namespace ulam
