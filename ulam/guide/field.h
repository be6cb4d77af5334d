#pragma once
// What a solver calls: a model with its conditions (guidance terms join here). The only place that calls models and counts.
#include <cstdint>
#include <map>
#include <string>

#include "ulam/base/ledger.h"
#include "ulam/base/progress.h"
#include "ulam/model/model.h"

namespace ulam {

struct Context {
  int step = 0;         // step of the plan
  int stage = 0;        // evaluation within the step
  bool accepted = true; // false for trial evaluations: term memory is then not written
};

struct Answer {
  at::Tensor prediction;                    // the mixed prediction, of the model's head
  std::map<std::string, at::Tensor> parts;  // by name, where a term keeps them
  std::map<std::string, at::Tensor> taps;
};

class Field {
 public:
  explicit Field(ModelPtr model, int row_limit = 0);
  const ModelInfo& info() const { return model_->info(); }
  /// Evaluations one row costs in one answer (1 without guidance terms).
  std::int64_t evaluations_per_row() const;
  int row_limit() const { return row_limit_; }

  /// x [rows, ...], t [rows] double CPU. Cuts the call into pieces of at most row_limit rows (0: one piece), charges the
  /// ledger, times the network with watch.clock. `gradients`: keep the graph (else a no-grad guard around each call).
  Answer answer(const at::Tensor& x, const at::Tensor& t, const Conditions& conditions, const Context& context, Ledger& ledger,
                const Watch& watch, bool gradients = false) const;

 private:
  ModelPtr model_;
  int row_limit_;
};

}  // namespace ulam
