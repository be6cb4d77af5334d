#include "ulam/guide/field.h"

#include <algorithm>
#include <vector>

#include <ATen/ATen.h>

#include "ulam/base/error.h"

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
                      const Conditions& conditions, bool gradients) {
  Call call;
  at::Tensor p;
  if (gradients) {
    p = model.forward(x, t, conditions, call);
  } else {
    const at::NoGradGuard guard;
    p = model.forward(x, t, conditions, call);
  }
  if (!p.defined() || p.sizes() != x.sizes() || p.scalar_type() != x.scalar_type())
    fail(ErrorKind::shape, place, "the model '{}' answered with another shape or dtype than x has",
         model.info().name);
  return p;
}

}  // namespace

Field::Field(ModelPtr model, int row_limit) : model_(std::move(model)), row_limit_(row_limit) {
  if (!model_) fail(ErrorKind::option, place, "no model given");
  if (row_limit < 0)
    fail(ErrorKind::option, place, "row limit {} is negative, valid: 0 (the model's own) or more", row_limit);
  if (row_limit_ == 0) row_limit_ = model_->info().row_limit;
}

std::int64_t Field::evaluations_per_row() const { return 1; }

Answer Field::answer(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions, const Context&,
                     Ledger& ledger, const Watch& watch, bool gradients) const {
  check_input(model_->info(), x, t, conditions);
  const std::int64_t rows = x.size(0);
  const std::int64_t limit = row_limit_ > 0 ? row_limit_ : rows;
  const auto timed_call = [&](const at::Tensor& px, const at::Tensor& pt, const Conditions& pc) {
    Spent work;
    work.evaluations = px.size(0);
    work.flops = static_cast<double>(px.size(0)) * model_->info().flops_per_row;
    ledger.charge(work);
    const double begin = watch.now();
    at::Tensor p = call_model(*model_, px, pt, pc, gradients);
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
  return answer;
}

}  // namespace ulam
