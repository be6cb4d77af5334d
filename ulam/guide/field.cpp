#include "ulam/guide/field.h"

#include <algorithm>
#include <optional>
#include <vector>

#include <ATen/ATen.h>

#include "ulam/base/error.h"
#include "ulam/model/convert.h"

namespace ulam {
namespace {

constexpr const char* place = "field";

void check_input(const ModelInfo& info, const at::Tensor& x, const at::Tensor& t,
                 const Conditions& conditions) {
  if (!x.defined() || x.dim() < 1) fail(ErrorKind::shape, place, "x must have rows first");
  if (x.scalar_type() != info.dtype)
    fail(ErrorKind::shape, place, "x is {}, the model '{}' takes {}", at::toString(x.scalar_type()),
         info.name, at::toString(info.dtype));
  const std::int64_t rows = x.size(0);
  if (!t.defined() || t.dim() != 1 || t.size(0) != rows || t.scalar_type() != at::kDouble)
    fail(ErrorKind::shape, place, "t must be {} doubles, one a row", rows);
  for (const auto& [name, value] : conditions)
    if (!value.defined() || value.dim() < 1 || value.size(0) != rows)
      fail(ErrorKind::shape, place, "condition '{}' has {} rows, x has {}", name,
           value.defined() && value.dim() > 0 ? value.size(0) : 0, rows);
}

at::Tensor call_model(const Model& model, const at::Tensor& x, const at::Tensor& t,
                      const Conditions& conditions) {
  Call call;
  at::Tensor p = model.forward(x, t, conditions, call);
  if (!p.defined() || p.sizes() != x.sizes() || p.scalar_type() != x.scalar_type())
    fail(ErrorKind::shape, place, "the model '{}' answered with another shape or dtype than x has",
         model.info().name);
  return p;
}

/// Whether a prediction of this head says what D is.
bool tells_data(const Head& head, const Marginal& m) {
  if (head.kind == Prediction::data) return true;
  if (m.s == 0) return false;
  return m.a > 0 || (head.kind != Prediction::noise && head.kind != Prediction::score);
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
        fail(ErrorKind::shape, place, "'{}' answered with another shape or dtype than D has",
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

}  // namespace

const at::Tensor& centre_of(const Conditions& conditions, const at::Tensor& x) {
  const auto found = conditions.find("centre");
  if (found == conditions.end() || !found->second.defined())
    fail(ErrorKind::option, place,
         "the model's path has a centre, so the condition \"centre\" is needed: rows like x, {}",
         shape_text(x.sizes()));
  const at::Tensor& centre = found->second;
  if (centre.sizes() != x.sizes() || centre.scalar_type() != x.scalar_type() || centre.device() != x.device())
    fail(ErrorKind::shape, place, "the condition \"centre\" is {} {} on {}, but x is {} {} on {}",
         at::toString(centre.scalar_type()), shape_text(centre.sizes()), centre.device().str(),
         at::toString(x.scalar_type()), shape_text(x.sizes()), x.device().str());
  return centre;
}

Field::Field(ModelPtr model, int row_limit, PostOperations after)
    : model_(std::move(model)), row_limit_(row_limit), after_(std::move(after)) {
  if (!model_) fail(ErrorKind::option, place, "no model given");
  if (model_->info().path.has_centre() && model_->info().head.kind == Prediction::edm)
    fail(ErrorKind::unsupported, place,
         "the edm head has no meaning on a path with a centre; valid: data, noise, velocity, flow, score");
  for (const PostOperationPtr& operation : after_)
    if (!operation) fail(ErrorKind::option, place, "an operation on the data estimate is missing");
  if (row_limit < 0)
    fail(ErrorKind::option, place, "row limit {} is negative, valid: 0 (the model's own) or more", row_limit);
  if (row_limit_ == 0) row_limit_ = model_->info().row_limit;
}

std::int64_t Field::evaluations_per_row() const { return 1; }

Answer Field::answer(const at::Tensor& state, const at::Tensor& t, const Conditions& conditions,
                     const Context&, Ledger& ledger, const Watch& watch, bool gradients) const {
  check_input(model_->info(), state, t, conditions);
  std::optional<at::NoGradGuard> guard;
  if (!gradients) guard.emplace();
  at::Tensor centre;
  if (model_->info().path.has_centre()) centre = centre_of(conditions, state);
  const at::Tensor x = centre.defined() ? state + centre : state;
  const std::int64_t rows = x.size(0);
  const std::int64_t limit = row_limit_ > 0 ? row_limit_ : rows;
  const auto timed_call = [&](const at::Tensor& px, const at::Tensor& pt, const Conditions& pc) {
    Spent work;
    work.evaluations = px.size(0);
    work.flops = static_cast<double>(px.size(0)) * model_->info().flops_per_row;
    ledger.charge(work);
    const double begin = watch.now();
    at::Tensor p = call_model(*model_, px, pt, pc);
    Spent time;
    time.network_seconds = watch.now() - begin;
    ledger.charge(time);
    return p;
  };
  Answer answer;
  if (rows == 0) {
    answer.prediction = at::empty_like(x);
  } else if (rows <= limit) {
    answer.prediction = timed_call(x, t, conditions);
  } else {
    std::vector<at::Tensor> pieces;
    for (std::int64_t begin = 0; begin < rows; begin += limit) {
      const std::int64_t size = std::min(limit, rows - begin);
      Conditions piece;
      for (const auto& [name, value] : conditions) piece.emplace(name, value.narrow(0, begin, size));
      pieces.push_back(timed_call(x.narrow(0, begin, size), t.narrow(0, begin, size), piece));
    }
    answer.prediction = at::cat(pieces);
  }
  if (rows > 0 && !after_.empty())
    answer.prediction = operated(after_, model_->info(), answer.prediction, state, x, t, centre);
  if (centre.defined() && model_->info().head.kind == Prediction::data)
    answer.prediction = answer.prediction - centre;
  return answer;
}

}  // namespace ulam
