#pragma once
// What a solver calls: a model with its conditions and guidance terms.
#include <cstdint>
#include <map>
#include <string>

#include "ulam/base/ledger.h"
#include "ulam/base/progress.h"
#include "ulam/guide/post_operation.h"
#include "ulam/guide/term.h"
#include "ulam/model/model.h"

namespace ulam {

struct Answer {
  at::Tensor prediction;  // the mixed prediction, of the model's head
};

/// On a path with a centre mu (Path::has_centre) solvers work on y = x - mu. The field gets y, gives the
/// model x = y + mu with its conditions, "centre" among them, and answers for y: a data estimate loses mu;
/// eps, v, u and scores are the same in both coordinates. The edm head has no meaning there.
class Field {
 public:
  /// `row_limit` 0 is the model's own; `terms` guide; `after` are applied to the data estimate D, in order,
  /// after everything else. Throws Error(option) for no model or a negative limit, Error(unsupported) for the
  /// edm head on a path with a centre, and for terms that the model cannot serve.
  explicit Field(ModelPtr model, int row_limit = 0, PostOperations after = {}, Terms terms = {});
  const ModelInfo& info() const { return model_->info(); }
  const Terms& terms() const { return terms_; }
  /// Evaluations that one row costs in one answer at time t in step `context.step` of `context.steps`: exact,
  /// and 1 without guidance terms.
  std::int64_t evaluations(double t, const Context& context) const;
  /// The most that one row can cost in one answer, whatever its time.
  std::int64_t most_evaluations() const;
  int row_limit() const { return row_limit_; }
  const PostOperations& after() const { return after_; }

  /// x [rows, ...], t [rows] double CPU. Cuts calls into pieces of at most row_limit rows (0: one piece),
  /// charges the ledger, times the network with watch.clock. `gradients`: keep the graph (else a no-grad
  /// guard around each call).
  ///
  /// Terms: energies first, of whose sum one backward pass takes the gradient with respect to the state; then
  /// affine mixes, then what terms ask for after seeing answers; then the energies' part, bounded where a term
  /// bounds it, joins, and the terms have their last words. Whatever several of
  /// them ask is asked once, and what no weight needs is not asked. A row for which all weights are 0 keeps
  /// the bits of the model's own answer. What terms remember is read from context.memory, and what they leave
  /// goes to context.written.
  ///
  /// Operations on D move the prediction by what they change in D, so a row that they leave alone keeps its
  /// bits; without operations nothing is computed. Rows whose head tells nothing of D (noise and score at a =
  /// 0; all but data at s = 0) keep their answer.
  Answer answer(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions,
                const Context& context, Ledger& ledger, const Watch& watch, bool gradients = false) const;

 private:
  std::int64_t asked_for(Situation& situation) const;
  ModelPtr model_;
  int row_limit_;
  PostOperations after_;
  Terms terms_;
};

/// The condition "centre" as rows like x. Throws Error(option) when it is missing, Error(shape) when its
/// shape, dtype or device is not that of x.
const at::Tensor& centre_of(const Conditions& conditions, const at::Tensor& x);

}  // namespace ulam
