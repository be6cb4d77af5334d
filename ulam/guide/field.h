#pragma once
// What a solver calls: a model with its conditions (guidance terms join here). The only place that calls
// models and counts.
#include <cstdint>
#include <map>
#include <string>

#include "ulam/base/ledger.h"
#include "ulam/base/progress.h"
#include "ulam/guide/post_operation.h"
#include "ulam/model/model.h"

namespace ulam {

struct Context {
  int step = 0;          // step of the plan
  int stage = 0;         // evaluation within the step
  bool accepted = true;  // false for trial evaluations: term memory is then not written
};

struct Answer {
  at::Tensor prediction;                    // the mixed prediction, of the model's head
  std::map<std::string, at::Tensor> parts;  // by name, where a term keeps them
  std::map<std::string, at::Tensor> taps;
};

/// On a path with a centre mu (Path::has_centre) solvers work on y = x - mu. The field gets y, gives the
/// model x = y + mu with its conditions, "centre" among them, and answers for y: a data estimate loses mu;
/// eps, v, u and scores are the same in both coordinates. The edm head has no meaning there.
class Field {
 public:
  /// `row_limit` 0 is the model's own; `after` are applied to the data estimate D, in order, after everything
  /// else. Throws Error(option) for no model or a negative limit, Error(unsupported) for the edm head on a
  /// path with a centre.
  explicit Field(ModelPtr model, int row_limit = 0, PostOperations after = {});
  const ModelInfo& info() const { return model_->info(); }
  /// Evaluations one row costs in one answer (1 without guidance terms).
  std::int64_t evaluations_per_row() const;
  int row_limit() const { return row_limit_; }
  const PostOperations& after() const { return after_; }

  /// x [rows, ...], t [rows] double CPU. Cuts the call into pieces of at most row_limit rows (0: one piece),
  /// charges the ledger, times the network with watch.clock. `gradients`: keep the graph (else a no-grad
  /// guard around each call).
  ///
  /// Operations on D move the prediction by what they change in D, so a row that they leave alone keeps its
  /// bits; without operations nothing is computed. Rows whose head tells nothing of D (noise and score at a =
  /// 0; all but data at s = 0) keep their answer.
  Answer answer(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions,
                const Context& context, Ledger& ledger, const Watch& watch, bool gradients = false) const;

 private:
  ModelPtr model_;
  int row_limit_;
  PostOperations after_;
};

/// The condition "centre" as rows like x. Throws Error(option) when it is missing, Error(shape) when its
/// shape, dtype or device is not that of x.
const at::Tensor& centre_of(const Conditions& conditions, const at::Tensor& x);

}  // namespace ulam
