#include "ulam/guide/asking.h"

#include <algorithm>
#include <numeric>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/guide/rows.h"

namespace ulam {
namespace {

constexpr const char* asking_place = "field";

bool equal(const Head& a, const Head& b) {
  return a.kind == b.kind && (a.kind != Prediction::edm || a.sigma_data == b.sigma_data);
}

at::Tensor rows_of(const at::Tensor& x, const at::Tensor& index) {
  return index.defined() ? x.index_select(0, index) : x;
}

/// Queries that may share a call.
struct Batch {
  ModelPtr model;
  std::vector<Perturbation> perturbations;
  std::vector<std::string> taps;
  struct Part {
    Query query;
    at::Tensor x, t;
    Conditions conditions;
    at::Tensor index;                // undefined: all rows
    std::vector<std::int64_t> rows;  // of the index
  };
  std::vector<Part> parts;
};

/// Puts rows into what is known: all of it where the index is undefined, else over zeros.
void put(at::Tensor& known, const at::Tensor& rows, const at::Tensor& index, std::int64_t count) {
  if (!index.defined()) {
    known = rows;
    return;
  }
  if (!known.defined()) {
    std::vector<std::int64_t> sizes = rows.sizes().vec();
    sizes[0] = count;
    known = at::zeros(sizes, rows.options());
  }
  known = known.index_copy(0, index, rows);
}

bool same_names(const Conditions& a, const Conditions& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](const auto& p, const auto& q) { return p.first == q.first; });
}

}  // namespace

Called call_in_pieces(const Asked& asked, const Model& model, const at::Tensor& x, const at::Tensor& t,
                      const Conditions& conditions, const std::vector<Perturbation>& perturbations,
                      const std::vector<std::string>& taps) {
  const ModelInfo& info = model.info();
  const auto timed = [&](const at::Tensor& px, const at::Tensor& pt, const Conditions& pc) {
    Spent work;
    work.evaluations = px.size(0);
    work.flops = static_cast<double>(px.size(0)) * info.flops_per_row;
    asked.ledger->charge(work);
    const double begin = asked.watch->now();
    Call call;
    call.perturbations = perturbations;
    call.wanted_taps = taps;
    if (asked.left_out != nullptr && &model == asked.model.get())
      for (const std::string& module : *asked.left_out)
        call.perturbations.push_back({module, Perturbation::Kind::skip, 1, {}});
    at::Tensor p = model.forward(px, pt, pc, call);
    if (!p.defined() || p.dim() < 1 || p.size(0) != px.size(0) ||
        (info.outputs.empty() && (p.sizes() != px.sizes() || p.scalar_type() != px.scalar_type())))
      fail(ErrorKind::shape, asking_place, "the model '{}' answered with another shape or dtype than x has",
           info.name);
    Spent time;
    time.network_seconds = asked.watch->now() - begin;
    asked.ledger->charge(time);
    return Called{std::move(p), std::move(call.taps)};
  };
  const std::int64_t rows = x.size(0);
  const std::int64_t limit = asked.row_limit > 0 ? asked.row_limit : rows;
  if (rows <= limit) return timed(x, t, conditions);
  std::vector<at::Tensor> answers;
  std::map<std::string, std::vector<at::Tensor>> activations;
  for (std::int64_t begin = 0; begin < rows; begin += limit) {
    const std::int64_t size = std::min(limit, rows - begin);
    Conditions piece;
    for (const auto& [name, value] : conditions) piece.emplace(name, value.narrow(0, begin, size));
    Called part = timed(x.narrow(0, begin, size), t.narrow(0, begin, size), piece);
    answers.push_back(std::move(part.answer));
    for (auto& [name, value] : part.taps) activations[name].push_back(std::move(value));
  }
  Called all{at::cat(answers), {}};
  for (const auto& [name, values] : activations) all.taps[name] = at::cat(values);
  return all;
}

Asking::Known* Asking::find(const Query& query) {
  const auto found =
      std::find_if(known_.begin(), known_.end(), [&](const Known& k) { return same(k.query, query); });
  return found == known_.end() ? nullptr : &*found;
}

// The null class is said by its number, so that rows with and without a label share a call.
Conditions Asking::conditions_of(const Query& query) const {
  const ModelInfo& info = query.model->info();
  Conditions out;
  if (!info.outputs.empty()) return out;  // classifiers are told nothing
  for (const auto& [name, rows] : *asked_.conditions)
    if (!name.starts_with("guide.")) out.emplace(name, rows);
  if (query.condition == Query::Condition::given) return out;
  for (const ConditionInfo& c : info.conditions) {
    if (query.condition == Query::Condition::label && c.name == "label")
      out[c.name] = query.label;
    else if (c.classes > 0 && c.null_class)
      out[c.name] = at::full({asked_.x->size(0)}, c.classes, at::kLong);
    else
      out.erase(c.name);
  }
  return out;
}

at::Tensor Asking::in_own_head(const Model& model, const at::Tensor& answer, const at::Tensor& x,
                               const std::vector<std::int64_t>& rows) const {
  const ModelInfo &own = asked_.model->info(), &other = model.info();
  if (!other.outputs.empty() || equal(own.head, other.head)) return answer;
  std::vector<double> of_x, of_p;
  for (const std::int64_t r : rows) {
    const Marginal m = own.path.at(situation_.times[static_cast<std::size_t>(r)]);
    const Affine to = to_data(other.head, m), back = from_data(own.head, m);
    of_x.push_back(back.of_x + back.of_p * to.of_x);
    of_p.push_back(back.of_p * to.of_p);
  }
  return x * wide(of_x, x) + answer * wide(of_p, x);
}

void Asking::ask(const std::vector<Query>& queries, const std::vector<std::vector<bool>>& rows) {
  const std::size_t count = situation_.rows();
  std::vector<Batch> batches;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    Query q = queries[i];
    if (!q.model) q.model = asked_.model;
    std::vector<bool> wanted = rows[i].empty() ? std::vector<bool>(count, true) : rows[i];
    Known* known = find(q);
    if (known != nullptr)
      for (std::size_t r = 0; r < count; ++r) wanted[r] = wanted[r] && !known->rows[r];
    const auto wants = std::count(wanted.begin(), wanted.end(), true);
    if (wants == 0) continue;
    Batch::Part part{q, {}, {}, {}, {}, {}};
    for (std::size_t r = 0; r < count; ++r)
      if (wanted[r]) part.rows.push_back(static_cast<std::int64_t>(r));
    if (static_cast<std::size_t>(wants) < count) part.index = at::tensor(part.rows, at::kLong);
    part.x = rows_of(q.input.defined() ? q.input : tracing_ ? x_ : *asked_.x, part.index);
    if (const at::ScalarType type = q.model->info().dtype; part.x.scalar_type() != type)
      part.x = part.x.to(type);
    part.t = q.time ? at::full({static_cast<std::int64_t>(wants)}, *q.time, at::kDouble)
                    : rows_of(*asked_.t, part.index);
    for (const auto& [name, value] : conditions_of(q)) part.conditions[name] = rows_of(value, part.index);
    if (known == nullptr)
      known_.push_back({q, {}, std::vector<bool>(count, false), tracing_, {}}), known = &known_.back();
    for (const std::int64_t r : part.rows) known->rows[static_cast<std::size_t>(r)] = true;
    const auto batch = std::find_if(batches.begin(), batches.end(), [&](const Batch& b) {
      Query x = b.parts[0].query, y = q;
      x.condition = y.condition = Query::Condition::given;
      x.label = y.label = x.input = y.input = at::Tensor();
      x.time = y.time = {};
      return same(x, y) && same_names(b.parts[0].conditions, part.conditions);
    });
    if (batch == batches.end())
      batches.push_back({q.model, q.perturbations, q.taps, {std::move(part)}});
    else
      batch->parts.push_back(std::move(part));
  }
  for (Batch& batch : batches) {
    Called all;
    if (batch.parts.size() == 1) {
      all = call_in_pieces(asked_, *batch.model, batch.parts[0].x, batch.parts[0].t,
                           batch.parts[0].conditions, batch.perturbations, batch.taps);
    } else {
      std::vector<at::Tensor> xs, ts;
      Conditions conditions;
      for (const Batch::Part& p : batch.parts) xs.push_back(p.x), ts.push_back(p.t);
      for (const auto& [name, value] : batch.parts[0].conditions) {
        std::vector<at::Tensor> values;
        for (const Batch::Part& p : batch.parts) values.push_back(p.conditions.at(name));
        conditions[name] = at::cat(values);
      }
      all = call_in_pieces(asked_, *batch.model, at::cat(xs), at::cat(ts), conditions, batch.perturbations,
                           batch.taps);
    }
    std::int64_t begin = 0;
    for (const Batch::Part& p : batch.parts) {
      const std::int64_t size = static_cast<std::int64_t>(p.rows.size());
      const at::Tensor own = in_own_head(*batch.model, all.answer.narrow(0, begin, size),
                                         rows_of(tracing_ ? state_ : *asked_.state, p.index), p.rows);
      Known& known = *find(p.query);
      put(known.answer, own, p.index, static_cast<std::int64_t>(count));
      for (const auto& [name, value] : all.taps)
        put(known.taps[name], value.narrow(0, begin, size), p.index, static_cast<std::int64_t>(count));
      begin += size;
    }
  }
}

at::Tensor Asking::answer(const Query& query) {
  ask({query}, {{}});
  return known(query);
}

at::Tensor Asking::known(const Query& query) {
  Query q = query;
  if (!q.model) q.model = asked_.model;
  const Known& known = *find(q);
  return as_traced(known, known.answer);
}

at::Tensor Asking::as_traced(const Known& known, const at::Tensor& value) const {
  return known.traced && !tracing_ && !keeps_graph_ ? value.detach() : value;
}

at::Tensor Asking::tap(const Query& query, const std::string& name) {
  ask({query}, {{}});
  Query q = query;
  if (!q.model) q.model = asked_.model;
  const Known& known = *find(q);
  const auto found = known.taps.find(name);
  if (found == known.taps.end())
    fail(ErrorKind::unsupported, asking_place, "the call has no activation '{}': its module is left out",
         name);
  return as_traced(known, found->second);
}

at::Tensor Asking::trace(bool keep_graph) {
  tracing_ = true;
  keeps_graph_ = keep_graph;
  x_ = keep_graph && asked_.x->requires_grad() ? asked_.x->view_as(*asked_.x)
                                               : asked_.x->detach().requires_grad_();
  state_ = asked_.model->info().path.has_centre() ? x_ - (*asked_.x - *asked_.state) : x_;
  return x_;
}

void Asking::keep(const std::string& name, at::Tensor rows) {
  if (situation_.context.written != nullptr)
    remember(*situation_.context.written, fmt::format("{}.{}", situation_.term, name), std::move(rows));
}

at::Tensor Asking::data(const Query& query) {
  const at::Tensor p = answer(query);
  const at::Tensor& state = tracing_ ? state_ : *asked_.state;
  std::vector<double> of_x, of_p;
  for (const double t : situation_.times) {
    const Marginal m = asked_.model->info().path.at(t);
    const Affine d = tells_data(asked_.model->info().head, m) || m.s == 0
                         ? to_data(asked_.model->info().head, m)
                         : Affine{0, 0};
    of_x.push_back(d.of_x);
    of_p.push_back(d.of_p);
  }
  const at::Tensor d = state * wide(of_x, p) + p * wide(of_p, p);
  // A data estimate on a path with a centre is the model's own: it holds the centre.
  const bool centred = asked_.model->info().path.has_centre();
  if (!centred) return d;
  return asked_.model->info().head.kind == Prediction::data ? p : d + (*asked_.x - *asked_.state);
}

}  // namespace ulam
